// The program `pmars`, held against transcripts in the format that pMARS's manual documents.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runPmars } from '../../src/cli/pmars/run-pmars.ts';
import { createTextCursor } from '../../src/cli/pmars/text-cursor.ts';
import { runDebugger } from '../../src/cli/run-debugger.ts';
import { UserError } from '../../src/core/index.ts';
import { SOURCES } from '../support/warriors.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PMARS = path.join(ROOT, 'bin/pmars.js');
const readShipped = (name: string) => readFileSync(path.join(ROOT, name), 'latin1');

const FILES: Readonly<Record<string, string>> = {
  ...SOURCES,
  broken: ';redcode\n;assert 1\n MOV.I $0 $1 !\n',
  asks: ';redcode\n;assert 1\n DAT W, S\n DAT A, (A=7)\n',
  old: ';redcode\n;name Old\n;author us\n;assert 1\n DAT #1\nx JMP -1\n END x\n',
  latin: ';redcode\n;name Caf\u00e9\n;author \u00c5\n;assert 1\n DAT 0\n',
  pinned: ';redcode\n;name Pinned\n;author us\n;assert 1\n PIN 7\n NOP 0\n ORG 1\n LDP 0, 1\n',
  options: ';two rounds, in brief\n-r 2 -b ; so\n imp dwarf $ -z',
};

type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** `pmars LINE`, in this process; files are those of `FILES`, with a byte per character. */
async function pmars(line: string, { input = '', time = 1 } = {}): Promise<Ran> {
  const ran = { stdout: '', stderr: '' };
  const cursor = createTextCursor(input);
  const code = await runPmars(line.split(' ').filter(Boolean), {
    writeOutput: (text) => {
      ran.stdout += text;
    },
    writeError: (text) => {
      ran.stderr += text;
    },
    readStandardInput: () => cursor,
    readFile: (name) => {
      const text = name.startsWith('warriors/') ? readShipped(name) : FILES[name];
      if (text === undefined) throw new UserError(`no file ${name}`);
      return Buffer.from(text, 'latin1');
    },
    view: async ({ rounds }, mode) => {
      ran.stderr += `${rounds} rounds in view ${mode}\n`;
    },
    debug: async ({ job, symbols }) => {
      const input = Readable.from([cursor.rest()]);
      const output = new Writable({
        write: (data, _, done) => {
          ran.stdout += data;
          done();
        },
      });
      const end = await runDebugger({ job, symbols: symbols ?? [], input, output, isPmars: true });
      return end;
    },
    time,
  });
  return { code, ...ran };
}

async function outputOf(running: Promise<Ran>): Promise<string> {
  const { code, stdout, stderr } = await running;
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout;
}

describe('output', () => {
  test('listings and the results of a pair', async () => {
    expect(await outputOf(pmars('-r 2 -F 1000 imp dwarf'))).toBe(
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

  test('-8 lists without modifiers, with END for ORG', async () => {
    expect(await outputOf(pmars('-8 -r 0 old'))).toBe(
      `Program "Old" (length 2) by "us"

       DAT    #     0, #     1     
START  JMP    $    -1, $     0     
       END      START

`,
    );
  });

  test('W and S are the number of warriors for the first source, registers are 0 for the others', async () => {
    const stdout = await outputOf(pmars('-r 0 asks asks asks'));
    const fields = [...stdout.matchAll(/ DAT\.F +\$ +(\d+), \$ +(\d+)/g)];
    const zeros = ['0 0', '0 7'];
    expect(fields.map(([, a, b]) => `${a} ${b}`)).toEqual(['3 3', '0 7', ...zeros, ...zeros]);
  });

  test('-b leaves the listings out, -k gives the lines of a KotH server, -o sorts', async () => {
    expect(await outputOf(pmars('-b -r 3 suicide sitter'))).toBe(
      'Suicide by us scores 0\nSitter by us scores 9\nResults: 0 3 0\n',
    );
    expect(await outputOf(pmars('-bo -r 3 suicide sitter'))).toBe(
      'Sitter by us scores 9\nSuicide by us scores 0\nResults: 3 0 0\n',
    );
    expect(await outputOf(pmars('-bkr 3 suicide sitter'))).toBe('0 0\n3 0\n');
    expect(await outputOf(pmars('-bk -r 2 suicide sitter imp'))).toBe(
      '0 0 0 0 2\n8 0 2 0 0\n8 0 2 0 0\n',
    );
    expect(await outputOf(pmars('-b -r 2 suicide sitter imp'))).toBe(
      `Suicide by us scores 0
  Results: 0 0 0 2
Sitter by us scores 8
  Results: 0 2 0 0
Imp by us scores 8
  Results: 0 2 0 0
`,
    );
    expect(await outputOf(pmars('-b -r 0 sitter imp'))).toBe('');
  });

  test('-= gives the points of a survivor', async () => {
    expect(await outputOf(pmars('-b -r 2 -= (S==1)*W+S suicide sitter'))).toBe(
      'Suicide by us scores 0\nSitter by us scores 6\nResults: 0 2 0\n',
    );
  });

  test('-A gives load files, which the assembler takes', async () => {
    const text = await outputOf(pmars('-A dwarf pinned'));
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
    expect(await outputOf(again)).toBe(`${dwarf}       END\n`);
    expect(await outputOf(pmars('-bA dwarf'))).toBe('');
  });

  test('names are printed with the bytes of their source', async () => {
    expect(await outputOf(pmars('-b latin'))).toBe('Caf\u00e9 by \u00c5 scores 0\n');
    const input = ';redcode\n;name Caf\u00c3\u00a9\n;assert 1\nDAT 0\n';
    expect(await outputOf(pmars('-b -', { input }))).toContain('Caf\u00c3\u00a9 by');
  });

  test('places are drawn from the time where no flag says how', async () => {
    const line = '-b -r 30 -c 9000 dwarf imp';
    const [one, again, other] = await Promise.all(
      [pmars(line), pmars(line), pmars(line, { time: 2 })].map(outputOf),
    );
    expect(one).toBe(again);
    expect(one).not.toBe(other);
  });
});

describe('input', () => {
  test('warriors of standard input part at ;redcode; files and options may come from there', async () => {
    const input = `;redcode\n${FILES.suicide}\n;redcode\n${FILES.sitter}`.replaceAll(
      /;redcode-\w+/g,
      '',
    );
    const result = 'Suicide by us scores 0\nSitter by us scores 3\nResults: 0 1 0\n';
    for (const line of ['-b - -', '2- -b'])
      expect(await outputOf(pmars(line, { input }))).toBe(result);
    const options = `;options\n-b -r 1 2- $\n${input}`;
    expect(await outputOf(pmars('-@ -', { input: options }))).toBe(result);
    expect(await outputOf(pmars('-b suicide -', { input: FILES.sitter }))).toBe(result);
  });

  test('options of a file stand for themselves', async () => {
    expect(await outputOf(pmars('-@ options'))).toContain('Results: ');
    expect(await outputOf(pmars('-@ options'))).not.toContain('Program');
  });
});

describe('-V and -v', () => {
  test('say more on standard error and change nothing of the output', async () => {
    const line = '-b -r 3 suicide sitter';
    const { stdout, stderr, code } = await pmars(`-V ${line} -v 103`);
    expect([code, stdout]).toEqual([0, await outputOf(pmars(line))]);
    expect(stderr).toContain('suicide: "Suicide" by "us", 1 instruction, starts at 0');
    expect(stderr).toContain('     0  JMP.B  $     0, $     0');
    expect(stderr).toContain('3 rounds in view 103');
  });
});

describe('-e', () => {
  test('commands follow the warriors in standard input; the end plays on, quit leaves', async () => {
    const warriors = `;redcode\n;assert 1\nMOV 0, 1\n;redcode\n;assert 1\nMOV 0, 2\n;redcode\n`;
    const options = '-b -F 1000 -e 2- $\n';
    const played = await pmars('-@ -', { input: `${options}${warriors}step\n` });
    expect(played).toMatchObject({ code: 0, stderr: '' });
    expect(played.stdout).toContain('00000   MOV.I  $     0, $     1');
    expect(played.stdout).toContain('(cdb) 01000   MOV.I  $     0, $     2');
    expect(played.stdout).toContain('Results: 1 0 0');
    const left = await pmars('-@ -', { input: `${options}${warriors}quit\n` });
    expect(left.code).toBe(4);
    expect(left.stdout).not.toContain('Results');
  });
});

describe('exit codes', () => {
  test('2 for a command line that cannot be read, with the usage on standard error', async () => {
    for (const line of ['', '-z imp', '-r100 imp', '-fF 500 imp dwarf', '-@ none imp']) {
      const { code, stdout, stderr } = await pmars(line);
      expect([code, stdout], line).toEqual([2, '']);
      expect(stderr).toContain('Usage: pmars ');
    }
    expect((await pmars('--pmars 0.9.2 -A imp')).code).toBe(2);
    expect(await pmars('--help')).toMatchObject({ code: 0, stderr: '' });
    expect((await pmars('--help --pmars 0.9.2')).stdout).not.toContain('-A ');
  });

  test('3 for a source with an error, after the listings of those before it', async () => {
    const { code, stdout, stderr } = await pmars('imp broken dwarf');
    expect(code).toBe(3);
    expect(stdout).toContain('Program "Imp"');
    expect(stdout).not.toContain('Dwarf');
    expect(stderr).toMatch(/^broken:3:\d+: error: /m);
    expect(await pmars('-b none imp')).toMatchObject({ code: 3, stdout: '' });
  });

  test('-Q asks for another', async () => {
    expect((await pmars('-b -Q 1000 imp')).code).toBe(95);
    expect((await pmars('-b -Q 1000 --pmars 0.9.2 imp')).code).toBe(92);
    expect((await pmars('-b -r 3 -Q 2 suicide sitter')).code).toBe(9);
    expect((await pmars('-bo -r 3 -Q 1 suicide sitter')).code).toBe(9);
    expect((await pmars('-bo -r 3 -Q 101 suicide sitter')).code).toBe(2);
    expect((await pmars('-b -Q 2000 pinned pinned')).code).toBe(2);
    expect((await pmars('-Q 1000')).code).toBe(95);
    expect((await pmars('-Q 1')).code).toBe(-1);
  });
});

test('the pages on pmars show command lines that work', async () => {
  const pages = ['docs/reference/core-war.md', 'docs/pmars.md'].map((name) =>
    readFileSync(path.join(ROOT, name), 'utf8'),
  );
  const lines = pages.flatMap((page) =>
    [...page.matchAll(/^(?:cat (.+) \| )?npx pmars ([^>\n]+)/gm)].map(([, cat = '', line]) => ({
      line: line!,
      input: cat.split(' ').filter(Boolean).map(readShipped).join(''),
    })),
  );
  expect(lines.length).toBeGreaterThanOrEqual(6);
  for (const { line, input } of lines) {
    expect(await pmars(line, { input }), line).toMatchObject({ code: 0, stderr: '' });
  }
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
