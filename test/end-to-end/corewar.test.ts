// Core War as a user types it: battles, tables of pairs, hills, watching and debugging.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Finished, runInProcess } from '../support/command-line.ts';
import { SOURCES } from '../support/warriors.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

let folder: string;
const run = (...args: string[]) => runInProcess(args, { cwd: folder });
const battle = (line: string) => run('battle', ...line.split(' '));

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-corewar-'));
  mkdirSync(path.join(folder, 'hill'));
  for (const [name, text] of Object.entries(SOURCES)) {
    writeFileSync(path.join(folder, `${name}.red`), text);
    if (name !== 'splitter') writeFileSync(path.join(folder, 'hill', `${name}.red`), text);
  }
  writeFileSync(path.join(folder, 'broken.red'), ';redcode-94\n;assert 1\nMOV.I $0 $1 !\n');
  writeFileSync(path.join(folder, 'hill', 'broken.red'), ';redcode-94\n;assert 1\nMOV.I $0 $1 !\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function outputOf({ code, stdout, stderr }: Finished): string {
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout;
}

describe('battle', () => {
  test('prints listings and results as pMARS does', async () => {
    expect(outputOf(await battle('-r 2 -F 1000 imp.red dwarf.red'))).toBe(
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

  test('knows brief, KotH, sorted, and formulas', async () => {
    expect(outputOf(await battle('-b -r 3 suicide.red sitter.red'))).toBe(
      'Suicide by us scores 0\nSitter by us scores 9\nResults: 0 3 0\n',
    );
    expect(outputOf(await battle('-b -o -r 3 suicide.red sitter.red'))).toBe(
      'Sitter by us scores 9\nSuicide by us scores 0\nResults: 3 0 0\n',
    );
    expect(outputOf(await battle('-bk -o -r 3 suicide.red sitter.red'))).toBe('0 0\n3 0\n');
    expect(outputOf(await battle('-b -r 2 -= (S==1)*W+S suicide.red sitter.red'))).toBe(
      'Suicide by us scores 0\nSitter by us scores 6\nResults: 0 2 0\n',
    );
    expect(outputOf(await battle('-b -r 2 suicide.red sitter.red imp.red'))).toBe(
      `Suicide by us scores 0
  Results: 0 0 0 2
Sitter by us scores 8
  Results: 0 2 0 0
Imp by us scores 8
  Results: 0 2 0 0
`,
    );
    expect(outputOf(await battle('-b -k -r 2 suicide.red sitter.red imp.red'))).toBe(
      '0 0 0 0 2\n8 0 2 0 0\n8 0 2 0 0\n',
    );
    expect(outputOf(await battle('-b -r 0 sitter.red imp.red'))).toBe('');
    const permuted = outputOf(await battle('-b -P -d 3990 sitter.red imp.red'));
    expect(permuted).toContain('Results: 0 0 42');
  });

  test('gives JSON, and the same numbers for the same command', async () => {
    const line = '--json -r 20 --seed 4 dwarf.red imp.red splitter.red';
    const [one, two] = await Promise.all([battle(line), battle(line)]);
    expect(outputOf(one!)).toBe(outputOf(two!));
    const { rounds, warriors } = JSON.parse(one!.stdout);
    expect([rounds, warriors.length, warriors[0].name]).toEqual([20, 3, 'Dwarf']);
    for (const { survived, losses } of warriors) {
      expect(survived.reduce((a: number, b: number) => a + b) + losses).toBe(20);
    }
  });

  test('what cannot be played is explained', async () => {
    const { code, stderr, stdout } = await battle('-= W/0 imp.red dwarf.red -b');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('column 2: a division by zero');
    expect((await battle('imp.red nothing.red')).stderr).toContain('no file nothing.red');
  });

  test('errors of a source go to standard error with their line', async () => {
    const { code, stderr } = await battle('broken.red imp.red');
    expect(code).toBe(1);
    expect(stderr).toContain('broken.red cannot be assembled');
    expect(stderr).toMatch(/^broken\.red:3:\d+: error: /m);
  });
});

describe('battle --batch', () => {
  test('prints the table with its winners, for any number of workers', async () => {
    const pairs =
      'first,second,second_position,note\nsuicide,sitter,100,x\nsitter,suicide,100,x\n' +
      'suicide,suicide,5,x\nimp,"sitter",4000,x\ndwarf,imp,7000,x\n';
    writeFileSync(path.join(folder, 'pairs.csv'), pairs);
    const line = '--batch pairs.csv --warriors .';
    const one = outputOf(await battle(`${line} --workers 1`));
    expect(one.split('\n').slice(0, 5)).toEqual([
      'first,second,second_position,winner',
      'suicide,sitter,100,second',
      'sitter,suicide,100,first',
      'suicide,suicide,5,second',
      'imp,sitter,4000,tie',
    ]);
    expect(outputOf(await battle(`${line} --workers 2`))).toBe(one);
  });

  test('a wrong table is explained', async () => {
    writeFileSync(path.join(folder, 'bad.csv'), 'first,second,second_position\nimp,ghost,100\n');
    const ghost = await battle('--batch bad.csv --warriors .');
    expect([ghost.code, ghost.stdout]).toEqual([1, '']);
    expect(ghost.stderr).toContain('bad.csv, line 2: no file ghost.red');
    expect((await battle('--batch bad.csv')).code).toBe(2);
  });
});

describe('hill', () => {
  const table = (text: string) => text.split('\n').filter((line) => / (us)\s+/.test(line));

  test('ranks a folder, goes on, and is challenged', async () => {
    const first = await run('hill', 'hill', '--rounds', '5', '--out', 'h.json');
    expect(first.code).toBe(0);
    expect(first.stderr).toContain('left out: hill/broken.red');
    expect(first.stderr).toMatch(/^6\/6 pairs {2}100 % .* pairs\/s {2}in \d+s$/m);
    // Standard output is the table and nothing else.
    const [head, ...rows] = first.stdout.trimEnd().split('\n');
    expect(head).toMatch(/^ {2}# {2}%W\/ %L\/ %T {2}Name +Author +Score +Age$/);
    expect(rows).toEqual(table(first.stdout));
    expect(table(first.stdout)).toHaveLength(4);
    const again = await run('hill', 'hill', '--out', 'h.json');
    expect(table(again.stdout)).toEqual(table(first.stdout));
    const added = await run('hill', '--out', 'h.json', '--add', 'splitter.red', '--size', '4');
    expect(table(added.stdout)).toHaveLength(4);
    expect(added.stderr).toContain('pushed off: Suicide');
    const json = await run('hill', '--out', 'h.json', '--json');
    expect(JSON.parse(json.stdout).warriors).toHaveLength(4);
    const page = await run('hill', '--out', 'h.json', '--html', 'page.html');
    expect(page.stderr).toContain('page: page.html');
    expect((await run('report', 'h.json')).stdout).toBe('h.html\n');
    const pages = ['page.html', 'h.html'].map((name) =>
      readFileSync(path.join(folder, name), 'utf8'),
    );
    expect(pages[0]).toBe(pages[1]);
    expect(pages[0]).toContain('<th scope="row">1.\u00a0');
    expect((await run('report', 'imp.red')).stderr).toContain('imp.red is not JSON');
    const own = await run('hill', '--out', 'h.json', '--html', 'h.json');
    expect(own.stderr).toContain('h.json is the hill itself');
    const other = await run('hill', 'hill', '--rounds', '6', '--out', 'h.json');
    expect(other.stderr).toContain('rounds 5, not 6');
    expect((await run('hill', '--out', 'none.json')).stderr).toContain(
      'there is no hill none.json',
    );
  });

  test('a page that cannot be written costs no round robin and no table', async () => {
    const early = await run('hill', 'hill', '--out', 'p.json', '--html', 'missing/p.html');
    expect([early.code, early.stdout]).toEqual([1, '']);
    expect(early.stderr).toContain('no such folder as missing for writing missing/p.html');
    expect(existsSync(path.join(folder, 'p.json'))).toBe(false);
    // Its temporary has too long a name, which only writing it tells.
    const name = `${'p'.repeat(245)}.html`;
    const late = await run('hill', 'hill', '--rounds', '2', '--out', 'p.json', '--html', name);
    expect(late.code).toBe(1);
    expect(table(late.stdout)).toHaveLength(4);
    expect(late.stderr).toContain('the name is too long');
  });

  test('Ctrl-C stops it, and the same command goes on', async () => {
    const line = ['hill', 'hill', '--rounds', '600', '--out', 'long.json', '--workers', '1'];
    const child = spawn(process.execPath, [MAIN, ...line], { cwd: folder });
    let stdout = '';
    let isStopped = false;
    let stderr = '';
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    child.stderr.on('data', (data) => {
      stderr += data;
      // The first progress line says that a pair is done. A second signal would end the process at once.
      if (!isStopped && /^\d+\/6 pairs/m.test(stderr)) isStopped = child.kill('SIGINT');
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect([code, stdout]).toEqual([130, '']);
    expect(stderr).toContain('long.json is saved');
    const saved = JSON.parse(readFileSync(path.join(folder, 'long.json'), 'utf8'));
    expect(Object.keys(saved.results).length).toBeGreaterThan(0);
    expect(existsSync(path.join(folder, 'long.json.lock'))).toBe(false);
    const resumed = await run(...line);
    expect([resumed.code, table(resumed.stdout).length]).toEqual([0, 4]);
  });
});

test('watch prints frames where there is no terminal', async () => {
  const line = 'watch dwarf.red sitter.red -F 4000 --frames 2 --every 40';
  const frames = outputOf(await run(...line.split(' '))).split('\n\n');
  const legend = 'a Dwarf     1 process    b Sitter    1 process';
  expect(frames[0]!.startsWith(`cycle 0\n${legend}\nAa${'.'.repeat(98)}\n`)).toBe(true);
  expect(frames[1]!.startsWith(`cycle 40\n${legend}\n`)).toBe(true);
  expect(frames[1]!.match(/a/gi)!.length).toBeGreaterThan(10);
});

test('debug takes commands from a pipe', async () => {
  const child = spawn(process.execPath, [MAIN, 'debug', 'dwarf.red'], { cwd: folder });
  let stdout = '';
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  child.stdin.end('skip 1\nwrite log.txt\nregisters\nxyzzy\nquit\nstep\n');
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
  const registers = `Round 1 of 1, 79998 cycles left
Warrior 0 (PC1) Dwarf moves: 1 process
  queue: [3]->
  P-space: <7999> 0 0 0 0 0 0 0 0 0 ..
`;
  const error = 'error: "xyzzy" is not a command (help lists the commands)\n';
  expect(stdout).toBe(
    `00001   ADD.AB #     4, $    -1     
00003   JMP.B  $    -2, $     0     
What is shown is appended to log.txt.
${registers}${error}`,
  );
  expect(readFileSync(path.join(folder, 'log.txt'), 'utf8')).toBe(
    `What is shown is appended to log.txt.
(cdb) registers
${registers}(cdb) xyzzy
${error}(cdb) quit
`,
  );
});
