// `primordia assemble` as a user runs it.

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runInProcess, withFolder } from '../support/command-line.ts';

const IMP = ';name Imp\n;author A. K. Dewdney\n;assert 1\n mov 0, 1\n';
const BAD = ' mov 0 1\n jmp nowhere\n';

/** Runs `primordia assemble` beside the two sources. */
async function run(...args: string[]) {
  return withFolder(async (cwd) => {
    writeFileSync(path.join(cwd, 'imp.red'), IMP);
    writeFileSync(path.join(cwd, 'bad.red'), BAD);
    writeFileSync(path.join(cwd, 'long.red'), `;assert MAXLENGTH==200\n for 200\n dat #1\n rof\n`);
    return runInProcess(['assemble', ...args], { cwd });
  });
}

test('lists a warrior as pMARS does', async () => {
  const { code, stdout, stderr } = await run('imp.red');
  expect(stderr).toBe('');
  expect(stdout).toBe(
    'Program "Imp" (length 1) by "A. K. Dewdney"\n\n       ORG      START\n' +
      'START  MOV.I  $     0, $     1     \n\n',
  );
  expect(code).toBe(0);
});

test('says what is wrong, where and of which file, and goes on with the next', async () => {
  const { code, stdout, stderr } = await run('bad.red', 'none.red', '.', '--load-file', 'imp.red');
  const comma = "a comma is missing before '1' (MOV has two operands)";
  expect(stderr).toContain(`bad.red:1:8: error: ${comma}\n`);
  expect(stderr).toContain(
    "bad.red:2:6: error: 'nowhere' is not defined\n     jmp nowhere\n         ^~~~~~~\n",
  );
  expect(stderr).toContain('error: no file none.red');
  expect(stderr).toContain('error: . is a directory\n');
  expect(stdout).toBe('ORG 0\nMOV.I $0, $1\n');
  expect(code).toBe(1);
});

test('checks in silence; settings, rules and limits are those asked for', async () => {
  const [good, length, rules, clash] = await Promise.all([
    run('--check', 'imp.red'),
    run('--check', '--setting', '94x', 'long.red'),
    run('--check', '-8', '-l', '200', 'long.red', 'imp.red'),
    run('--check', '-l', '50', '-d', '20', 'imp.red'),
  ]);
  expect([good.code, good.stdout, good.stderr]).toEqual([0, '', '']);
  expect([length.code, length.stderr]).toEqual([0, '']);
  expect([rules.code, rules.stderr]).toEqual([0, '']);
  expect([clash.code, clash.stdout]).toEqual([1, '']);
  expect(clash.stderr).toContain('a distance of 20 is less than the length, 50');
});

test('prints a JSON line a file', async () => {
  const { code, stdout } = await run('--json', 'imp.red', 'bad.red');
  const [imp, bad] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(imp).toMatchObject({
    file: 'imp.red',
    warrior: { name: 'Imp', start: 0 },
    diagnostics: [],
  });
  expect(bad.warrior).toBeNull();
  expect(bad.diagnostics.at(-1)).toMatchObject({ line: 2, column: 6, text: 'nowhere' });
  expect(code).toBe(1);
});

test('the JSON line has the labels, whatever they are called', async () => {
  await withFolder(async (cwd) => {
    writeFileSync(path.join(cwd, 'named.red'), ';assert 1\n nop 0\n__proto__ nop 0\nend2 nop 0\n');
    const { stdout } = await runInProcess(['assemble', '--json', 'named.red'], { cwd });
    const { labels, traced } = JSON.parse(stdout).symbols;
    expect(Object.entries(labels)).toEqual([
      ['__proto__', 1],
      ['end2', 2],
    ]);
    expect(traced).toEqual([]);
  });
});

test('reads standard input', () => {
  const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [main, 'assemble', '--load-file', '-'],
    { input: ' spl 0\n dat x y\n', encoding: 'utf8' },
  );
  expect(stderr).toMatch(/^<stdin>:2:\d+: error: /m);
  expect([status, stdout]).toEqual([1, '']);
});

test('an empty warrior is one, with a listing, a load file, battles and a place on a hill', async () => {
  await withFolder(async (cwd) => {
    mkdirSync(path.join(cwd, 'hill'));
    writeFileSync(path.join(cwd, 'hill', 'empty.red'), ';name Empty\n;assert 1\n end\n');
    writeFileSync(path.join(cwd, 'hill', 'imp.red'), IMP);
    const ask = (line: string) => runInProcess(line.split(' '), { cwd });
    const listing = await ask('assemble hill/empty.red');
    expect(listing.stdout).toBe('Program "Empty" (length 0) by "Anonymous"\n\n\n');
    expect(listing.stderr).toMatch(/^hill\/empty.red:1:1: warning: there is no instruction/);
    expect((await ask('assemble --load-file hill/empty.red')).stdout).toBe('ORG 0\n');
    const battle = 'battle -b -k -r 4 -F 100 hill/empty.red';
    expect((await ask(`${battle} hill/imp.red`)).stdout).toBe('0 0\n4 0\n');
    expect((await ask(`${battle} hill/empty.red`)).stdout).toBe('2 0\n2 0\n');
    const { stdout, code } = await ask('hill hill --rounds 2 --workers 1');
    expect(stdout).toMatch(/ 2 +0\/100\/ +0 +Empty/);
    expect(code).toBe(0);
  });
});

test("--pmars and '88 load files", async () => {
  await withFolder(async (cwd) => {
    writeFileSync(path.join(cwd, 'old.red'), ' mov #1-2*3-4, 1 ; \\\n jmp -1\n end 1\n');
    const ask = async (...args: string[]) =>
      (await runInProcess(['assemble', '--load-file', ...args, 'old.red'], { cwd })).stdout;
    expect(await ask('-8')).toBe('MOV #-9, $1\nJMP $-1, $0\nEND 1\n');
    expect(await ask('--pmars', '0.9.2')).toBe('ORG 1\nMOV.AB #-1, $1\n');
    expect(await ask()).toBe('ORG 1\nMOV.AB #-9, $1\nJMP.B $-1, $0\n');
  });
});
