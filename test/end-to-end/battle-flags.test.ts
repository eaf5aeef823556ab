// Flags of `primordia battle` that pMARS has too, beyond those of test/end-to-end/corewar.test.ts.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runInProcess } from '../support/command-line.ts';
import { SOURCES } from '../support/warriors.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const DIED = 'Suicide by us scores 0\nSitter by us scores 3\nResults: 0 1 0\n';

let folder: string;
const battle = (...args: string[]) => runInProcess(['battle', ...args], { cwd: folder });

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-battle-'));
  for (const [name, text] of Object.entries(SOURCES)) {
    writeFileSync(path.join(folder, `${name}.red`), text);
  }
  writeFileSync(path.join(folder, 'hill.opt'), ';of a hill\n-b -r 2 -@ more.opt');
  writeFileSync(path.join(folder, 'more.opt'), '-= "(S == 1) * 10" suicide.red $ -z');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('-@ takes options and warriors from files', async () => {
  expect(await battle('-@', 'hill.opt', 'sitter.red')).toMatchObject({
    ...{ code: 0, stderr: '' },
    stdout: 'Suicide by us scores 0\nSitter by us scores 20\nResults: 0 2 0\n',
  });
  const { code, stderr } = await battle('-@', 'none.opt', 'sitter.red');
  expect([code, stderr]).toEqual([1, expect.stringContaining('no file none.opt')]);
});

test('-A prints load files, which can be played', async () => {
  const { code, stdout } = await battle('-A', 'dwarf.red');
  expect([code, stdout.split('\n')[0]]).toEqual([0, '       ORG          1']);
  writeFileSync(path.join(folder, 'dwarf.ld'), `;assert 1\n${stdout}`);
  const again = await battle('-A', 'dwarf.ld');
  expect(again).toMatchObject({ code: 0, stderr: '', stdout });
});

test('-V tells of the assembly on standard error', async () => {
  const { code, stdout, stderr } = await battle('-bV', 'suicide.red', 'sitter.red');
  expect([code, stdout]).toEqual([0, DIED]);
  expect(stderr).toContain('sitter.red: "Sitter" by "us", 1 instruction, starts at 0');
});

test('-v without a terminal says so and plays', async () => {
  const { code, stdout, stderr } = await battle('-b', '-v', '103', 'suicide.red', 'sitter.red');
  expect([code, stdout]).toEqual([0, DIED]);
  expect(stderr).toContain('in a terminal only');
  const none = await battle('-b', '-v', '100', 'suicide.red', 'sitter.red');
  expect([none.stdout, none.stderr]).toEqual([DIED, '']);
});

test('-Q chooses the exit code', async () => {
  const query = async (number: string) =>
    (await battle('-b', '-o', '-Q', number, 'suicide.red', 'sitter.red')).code;
  expect([await query('1'), await query('101'), await query('1000')]).toEqual([3, 2, 95]);
  expect(await query('7')).toBe(255);
});

test('-R and -W must divide the core', async () => {
  const limited = await battle('-b', '-R', '400', '-W', '80', 'suicide.red', 'sitter.red');
  expect(limited).toMatchObject({ code: 0, stdout: DIED });
  const { code, stderr } = await battle('-R', '7', 'imp.red');
  expect([code, stderr]).toEqual([1, expect.stringContaining('7 does not divide')]);
});

test('-F takes text as a seed, which 0.9.2 does not', async () => {
  const pair = ['-b', '-r', '30', '-c', '3000', 'dwarf.red', 'dwarf.red'];
  const [one, again, other] = await Promise.all(
    ['seed', 'seed', 'other'].map((text) => battle('-F', text, ...pair)),
  );
  expect(one).toMatchObject({ code: 0, stderr: '', stdout: again!.stdout });
  expect(other!.stdout).not.toBe(one!.stdout);
  const old = await battle('--pmars', '0.9.2', '-F', 'seed', ...pair);
  expect([old.code, old.stderr]).toEqual([1, expect.stringContaining('-F takes a number')]);
});

test('several dashes take warriors of standard input, parted by ;redcode; -e takes the rest', () => {
  const run = (input: string, ...args: string[]) =>
    spawnSync(process.execPath, [MAIN, 'battle', ...args], {
      ...{ cwd: folder, encoding: 'utf8', input },
    });
  const both = `${SOURCES.suicide}${SOURCES.sitter}`;
  expect(run(both, '-b', '-', '-').stdout).toBe(DIED);
  const debugged = run(`-b -e 2- $\n${both};redcode\nquit\n`, '-@', '-');
  expect(debugged.stdout).toBe('00000   \n');
  expect([debugged.status, debugged.stderr]).toEqual([4, '']);
});

test('the help has the letters of pMARS', async () => {
  const { stdout } = await battle('--help');
  for (const letter of 'rscpldFSRW=vQbkofP8AVe@')
    expect(stdout, letter).toContain(`  -${letter}, `);
});
