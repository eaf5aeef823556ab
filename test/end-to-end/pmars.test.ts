// The program `pmars`, held against transcripts in the format that pMARS's manual documents.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runPmars } from '../../src/cli/pmars/run-pmars.ts';
import { createTextCursor } from '../../src/cli/pmars/text-cursor.ts';
import { UserError } from '../../src/core/index.ts';
import { SOURCES } from '../support/warriors.ts';

const PMARS = fileURLToPath(new URL('../../bin/pmars.js', import.meta.url));

const FILES: Readonly<Record<string, string>> = {
  ...SOURCES,
  broken: ';redcode\n;assert 1\n MOV.I $0 $1 !\n',
  old: ';redcode\n;name Old\n;author us\n;assert 1\n DAT #1\nx JMP -1\n END x\n',
  latin: ';redcode\n;name Caf\u00e9\n;author \u00c5\n;assert 1\n DAT 0\n',
  pinned: ';redcode\n;name Pinned\n;author us\n;assert 1\n PIN 7\n NOP 0\n ORG 1\n LDP 0, 1\n',
  options: ';two rounds, in brief\n-r 2 -b ; so\n imp dwarf $ -z',
};

type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** `pmars LINE`, in this process; files are those of `FILES`, with a byte per character. */
function pmars(line: string, { input = '', time = 1 } = {}): Ran {
  const ran = { stdout: '', stderr: '' };
  const cursor = createTextCursor(input);
  const code = runPmars(line.split(' ').filter(Boolean), {
    writeOutput: (text) => {
      ran.stdout += text;
    },
    writeError: (text) => {
      ran.stderr += text;
    },
    readStandardInput: () => cursor,
    readFile: (name) => {
      const text = FILES[name];
      if (text === undefined) throw new UserError(`no file ${name}`);
      return Buffer.from(text, 'latin1');
    },
    time,
  });
  return { code, ...ran };
}

function outputOf({ code, stdout, stderr }: Ran): string {
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout;
}

describe('output', () => {
  test('listings and the results of a pair', () => {
    expect(outputOf(pmars('-r 2 -F 1000 imp dwarf'))).toBe(
      `Program "Imp" (length 1) by "us"

       ORG      START
START  MOV.I  $     0, $     1     

Program "Dwarf" (length 4) by "us"

       ORG      START
       DAT.F  $     0, $     4     
START  ADD.AB #     4, $    -1     
       MOV.I  $    -2, @    -2     
       JMP.B  $    -2, $     0     

Imp by us scores 2
Dwarf by us scores 2
Results: 0 0 2
`,
    );
  });

  test('-8 lists without modifiers, with END for ORG', () => {
    expect(outputOf(pmars('-8 -r 0 old'))).toBe(
      `Program "Old" (length 2) by "us"

       DAT    #     0, #     1     
START  JMP    $    -1, $     0     
       END      START

`,
    );
  });

  test('-b leaves the listings out, -k gives the lines of a KotH server, -o sorts', () => {
    expect(outputOf(pmars('-b -r 3 suicide sitter'))).toBe(
      'Suicide by us scores 0\nSitter by us scores 9\nResults: 0 3 0\n',
    );
    expect(outputOf(pmars('-bo -r 3 suicide sitter'))).toBe(
      'Sitter by us scores 9\nSuicide by us scores 0\nResults: 3 0 0\n',
    );
    expect(outputOf(pmars('-bkr 3 suicide sitter'))).toBe('0 0\n3 0\n');
    expect(outputOf(pmars('-bk -r 2 suicide sitter imp'))).toBe(
      '0 0 0 0 2\n8 0 2 0 0\n8 0 2 0 0\n',
    );
    expect(outputOf(pmars('-b -r 2 suicide sitter imp'))).toBe(
      `Suicide by us scores 0
  Results: 0 0 0 2
Sitter by us scores 8
  Results: 0 2 0 0
Imp by us scores 8
  Results: 0 2 0 0
`,
    );
    expect(outputOf(pmars('-b -r 0 sitter imp'))).toBe('');
  });

  test('-= gives the points of a survivor', () => {
    expect(outputOf(pmars('-b -r 2 -= (S==1)*W+S suicide sitter'))).toBe(
      'Suicide by us scores 0\nSitter by us scores 6\nResults: 0 2 0\n',
    );
  });

  test('-A gives load files, which the assembler takes', () => {
    const text = outputOf(pmars('-A dwarf pinned'));
    expect(text).toBe(
      `       ORG          1
       DAT.F  $     0, $     4     
       ADD.AB #     4, $    -1     
       MOV.I  $    -2, @    -2     
       JMP.B  $    -2, $     0     
       END
       ORG          1
       NOP.F  $     0, $     0     
       LDP.B  $     0, $     1     
       PIN          7
       END
`,
    );
    const dwarf = text.slice(0, text.indexOf('       END'));
    const again = pmars('-A -', { input: `;redcode\n;assert 1\n${dwarf}` });
    expect(outputOf(again)).toBe(`${dwarf}       END\n`);
    expect(outputOf(pmars('-bA dwarf'))).toBe('');
  });

  test('names are printed with the bytes of their source', () => {
    expect(outputOf(pmars('-b latin'))).toBe('Caf\u00e9 by \u00c5 scores 0\n');
    const input = ';redcode\n;name Caf\u00c3\u00a9\n;assert 1\nDAT 0\n';
    expect(outputOf(pmars('-b -', { input }))).toContain('Caf\u00c3\u00a9 by');
  });

  test('places are drawn from the time where no flag says how', () => {
    const line = '-b -r 30 -c 9000 dwarf imp';
    const [one, again, other] = [pmars(line), pmars(line), pmars(line, { time: 2 })].map(outputOf);
    expect(one).toBe(again);
    expect(one).not.toBe(other);
  });
});

describe('input', () => {
  test('warriors of standard input part at ;redcode; files and options may come from there', () => {
    const input = `;redcode\n${FILES.suicide}\n;redcode\n${FILES.sitter}`.replaceAll(
      /;redcode-\w+/g,
      '',
    );
    const result = 'Suicide by us scores 0\nSitter by us scores 3\nResults: 0 1 0\n';
    for (const line of ['-b - -', '2- -b']) expect(outputOf(pmars(line, { input }))).toBe(result);
    const options = `;options\n-b -r 1 2- $\n${input}`;
    expect(outputOf(pmars('-@ -', { input: options }))).toBe(result);
    expect(outputOf(pmars('-b suicide -', { input: FILES.sitter }))).toBe(result);
  });

  test('options of a file stand for themselves', () => {
    expect(outputOf(pmars('-@ options'))).toContain('Results: ');
    expect(outputOf(pmars('-@ options'))).not.toContain('Program');
  });
});

describe('exit codes', () => {
  test('2 for a command line that cannot be read, with the usage on standard error', () => {
    for (const line of ['', '-z imp', '-r100 imp', '-fF 500 imp dwarf', '-@ none imp']) {
      const { code, stdout, stderr } = pmars(line);
      expect([code, stdout], line).toEqual([2, '']);
      expect(stderr).toContain('Usage: pmars ');
    }
    expect(pmars('--pmars 0.9.2 -A imp').code).toBe(2);
    expect(pmars('--help')).toMatchObject({ code: 0, stderr: '' });
    expect(pmars('--help --pmars 0.9.2').stdout).not.toContain('-A ');
  });

  test('3 for a source with an error, after the listings of those before it', () => {
    const { code, stdout, stderr } = pmars('imp broken dwarf');
    expect(code).toBe(3);
    expect(stdout).toContain('Program "Imp"');
    expect(stdout).not.toContain('Dwarf');
    expect(stderr).toMatch(/^broken:3:\d+: error: /m);
    expect(pmars('-b none imp')).toMatchObject({ code: 3, stdout: '' });
  });

  test('-Q asks for another', () => {
    expect(pmars('-b -Q 1000 imp').code).toBe(95);
    expect(pmars('-b -Q 1000 --pmars 0.9.2 imp').code).toBe(92);
    expect(pmars('-b -r 3 -Q 2 suicide sitter').code).toBe(9);
    expect(pmars('-bo -r 3 -Q 1 suicide sitter').code).toBe(9);
    expect(pmars('-bo -r 3 -Q 101 suicide sitter').code).toBe(2);
    expect(pmars('-b -Q 2000 pinned pinned').code).toBe(2);
    expect(pmars('-Q 1000').code).toBe(95);
    expect(pmars('-Q 1').code).toBe(-1);
  });
});

describe('the executable', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'primordia-pmars-'));
    for (const [name, text] of Object.entries(FILES)) {
      writeFileSync(path.join(folder, name), text, 'latin1');
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("writes bytes, takes standard input and ends with pMARS's codes", () => {
    const run = (args: string[], input = '') =>
      spawnSync(process.execPath, [PMARS, ...args], { cwd: folder, input });
    const latin = run(['-b', 'latin', '-'], FILES.sitter);
    expect(latin.stdout.toString('latin1')).toBe(
      'Caf\u00e9 by \u00c5 scores 0\nSitter by us scores 3\nResults: 0 1 0\n',
    );
    expect([latin.status, `${latin.stderr}`]).toEqual([0, '']);
    const unknown = run(['-b', '-Q', '5', 'imp']);
    expect([unknown.status, `${unknown.stdout}`]).toEqual([255, 'Imp by us scores 0\n']);
  });
});
