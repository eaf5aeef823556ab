// `tune` as a user types it.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runInProcess } from '../support/command-line.ts';
import { SOURCES } from '../support/warriors.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const DWARF = `;redcode-94\r
;name D\u001b[31mwarf\r
;assert 1\r
step equ 4 ;tune step 1..40\r
 add.ab #step, 3\r
 mov.i 2, @2\r
 jmp -2\r
 dat 0, 0\r
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-tune-'));
  mkdirSync(path.join(folder, 'hill'));
  mkdirSync(path.join(folder, 'others'));
  writeFileSync(path.join(folder, 'dwarf.red'), DWARF);
  for (const name of ['sitter', 'splitter'] as const) {
    writeFileSync(path.join(folder, 'hill', `${name}.red`), SOURCES[name]);
    writeFileSync(path.join(folder, 'others', `${name}.red`), SOURCES[name]);
  }
  writeFileSync(path.join(folder, 'hill', 'own.red'), DWARF);
  writeFileSync(path.join(folder, 'hill', 'broken.red'), 'mov mov\n');
  writeFileSync(path.join(folder, 'others', 'imp.red'), SOURCES.imp);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]) => runInProcess(['tune', ...args], { cwd: folder });
const SMALL = ['--setting', 'nano', '--rounds', '4', '--against', 'hill'];
const read = (name: string) => readFileSync(path.join(folder, name), 'utf8');

test('writes the warrior; the table is alone on standard output', async () => {
  const args = ['dwarf.red', ...SMALL, '--budget', '600', '--validate', 'others'];
  const { code, stdout, stderr } = await run(...args);
  expect(code).toBe(0);
  const [head, ...rows] = stdout.split('\n');
  expect(head!.trim().split(/ {2,}/)).toEqual([
    'step',
    'chosen at',
    'held out',
    'gain',
    '95 %',
    'others',
    'gain',
    '95 %',
  ]);
  expect(rows.slice(0, 7).map((row) => row.split(' ')[0])).toEqual([
    '1',
    '2',
    '3',
    '4',
    '5',
    'original',
    'random',
  ]);
  expect(stdout).toContain('20 final rounds per opponent');
  expect(stderr).toMatch(/rounds {2}100 % .* in \d+s$/m);
  expect(stderr).toContain('left out: hill/own.red: it is the warrior itself');
  expect(stderr).toContain('left out: hill/broken.red:1:');
  // What is in both folders holds nothing out.
  expect(stderr).toContain(
    'left out: others/sitter.red: it is the same warrior as hill/sitter.red',
  );
  expect(stderr).toContain('written to dwarf-tuned.red');
  const best = rows[0]!.split(/ +/)[1]!;
  expect(read('dwarf-tuned.red')).toBe(DWARF.replace('equ 4 ', `equ ${best} `));

  const json = await run(...args, '--json');
  const result = JSON.parse(json.stdout);
  expect(result.finalists[0].values).toEqual({ step: Number(best) });
  expect(result.finalists[0].heldOut.gain.interval).toHaveLength(2);
  expect([result.out, result.state]).toEqual(['dwarf-tuned.red', 'dwarf-tuned.red.tune.json']);
  expect(result.original.values).toEqual({ step: 4 });
  expect([result.random.length, result.finalRounds, result.leftOut.length]).toEqual([8, 20, 4]);
});

test('killed in the middle, it goes on to the same files', async () => {
  const args = ['dwarf.red', ...SMALL, '--budget', '1500', '--workers', '1'];
  await run(...args, '--out', 'whole.red');
  const child = spawn(process.execPath, [MAIN, 'tune', ...args, '--out', 'cut.red'], {
    cwd: folder,
  });
  const closed = new Promise((resolve) => child.on('close', resolve));
  // Killed once a rung is on the disk.
  const timer = setInterval(() => {
    const state = path.join(folder, 'cut.red.tune.json');
    if (existsSync(state) && readFileSync(state, 'utf8').includes('search-1'))
      child.kill('SIGKILL');
  }, 2);
  await closed;
  clearInterval(timer);
  const { code } = await run(...args, '--out', 'cut.red');
  expect(code).toBe(0);
  expect(read('cut.red')).toBe(read('whole.red'));
  expect(read('cut.red.tune.json')).toBe(read('whole.red.tune.json'));
});

test('warriors that searches wrote are no opponents, and each has a search of its own', async () => {
  const hill = path.join(folder, 'hill');
  const within = (...args: string[]) => runInProcess(['tune', ...args], { cwd: hill });
  const small = ['--setting', 'nano', '--rounds', '4', '--budget', '300', '--against', '.'];
  const first = await within('own.red', ...small);
  expect([first.code, first.stderr]).toEqual([0, expect.not.stringContaining('tuned.red:')]);
  // Repeated, and after it a sibling.
  const again = await within('own.red', ...small);
  expect([again.code, again.stdout]).toEqual([0, first.stdout]);
  expect(again.stderr).toContain('left out: own-tuned.red: it is the tuned warrior');
  writeFileSync(path.join(hill, 'sibling.red'), DWARF.replace('step equ 4', 'step equ 8'));
  const sibling = await within('sibling.red', ...small, '--out', '../better.red');
  expect(sibling.code).toBe(0);
  expect(sibling.stderr).toContain('left out: own-tuned.red: a search wrote it');
  // The same name with another ending is another warrior.
  writeFileSync(path.join(folder, 'better.rc'), 'mine');
  const other = await within('sibling.red', ...small, '--out', '../better.rc');
  expect(other.code).toBe(1);
  expect(other.stderr).toContain('better.rc is not what this search wrote');
  expect(read('better.rc')).toBe('mine');
});

test.each([
  [['dwarf.red', '--against', 'none'], 'no folder none'],
  [['dwarf.red', '--against', 'hill', '--out', 'dwarf.red'], 'dwarf.red is the warrior itself'],
  [['hill/sitter.red', '--against', 'hill'], 'hill/sitter.red has no constant to tune'],
  [['hill', '--against', 'hill'], 'hill is a directory'],
  [['dwarf.red', ...SMALL, '--validate', 'hill'], 'hill has no opponents'],
  [['dwarf.red', ...SMALL, '--budget', '2'], 'too few rounds for 2 candidates: 2'],
  [['dwarf.red', ...SMALL, '--budget', '90', '--candidates', '30'], 'too few rounds for 2'],
])('%j: %s', async (args, message) => {
  const { code, stdout, stderr } = await run(...args);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain(message);
  expect(stderr).not.toContain('\u001b');
  expect(read('dwarf.red')).toBe(DWARF);
  expect(existsSync(path.join(folder, 'dwarf-tuned.red.tune.json'))).toBe(false);
});
