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
    code: 0,
    stderr: '',
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

test('-F may overlap warriors; the empty text is refused, digits have 32 bits', async () => {
  const near = await battle('-b', '-F', '/', 'dwarf.red', 'sitter.red');
  expect(near).toMatchObject({ code: 0, stderr: '' });
  expect(near.stdout).toMatch(/Results: 0 0 1\n$/);
  const refused: [string, RegExp][] = [
    ['', /a whole number or a text is needed/],
    ['99', /position 99 of warrior 2 is smaller than the separation of 100/],
    ['3000000000', /-F 3000000000 is -1294967296 in 32 bits/],
  ];
  for (const [text, message] of refused) {
    for (const command of ['battle', 'debug', 'watch']) {
      const line = [command, '-F', text, 'dwarf.red', 'sitter.red'];
      const { code, stderr } = await runInProcess(line, { cwd: folder });
      expect(code, `${command} ${text}`).not.toBe(0);
      expect(stderr, `${command} ${text}`).toMatch(message);
    }
  }
  // 2^32 + 1000; 10^20 - 1 modulo 2^32.
  const pairs = [
    ['4294968296', '1000'],
    ['99999999999999999999', '1661992959'],
  ] as const;
  for (const texts of pairs) {
    const [one, other] = await Promise.all(
      texts.map((text) => battle('-F', text, '-r', '9', 'dwarf.red', 'imp.red')),
    );
    expect(one).toMatchObject({ code: 0, stderr: '', stdout: other!.stdout });
  }
  const old = await battle('--pmars', '0.9.2', '-F', '4294968296', 'dwarf.red', 'imp.red');
  expect(old.stderr).toContain('-F takes numbers from 0 to 1073741824 in pMARS 0.9.2');
});

test('with -P, ROUNDS is what is played; W and S count warriors for the first source alone', async () => {
  const file = path.join(folder, 'asks.red');
  writeFileSync(file, ';redcode\n;assert 1\n dat ROUNDS/20, W*10+S\n');
  const pair = ['asks.red', 'asks.red', '-s', '800', '-l', '20', '-c', '9'];
  const fieldsOf = (text: string) =>
    [...text.matchAll(/\.F +\$ +(\d+), \$ +(\d+)/g)].map(([, a, b]) => [Number(a), Number(b)]);
  const rounds = Math.floor((2 * (800 + 1 - 2 * 20)) / 20);
  const { stdout } = await battle('-P', ...pair);
  expect(fieldsOf(stdout)).toEqual([
    [rounds, 22],
    [rounds, 0],
  ]);
  expect(stdout).toContain(`Results: 761 761 0`);
  expect(fieldsOf((await battle(...pair)).stdout)).toEqual([
    [0, 22],
    [0, 0],
  ]);
  const debugged = spawnSync(process.execPath, [MAIN, 'debug', '-P', ...pair], {
    cwd: folder,
    encoding: 'utf8',
    input: 'list 0\nquit\n',
  });
  expect(fieldsOf(debugged.stdout)[0]).toEqual([rounds, 22]);
});

test('-@ - takes names beyond ASCII', () => {
  writeFileSync(path.join(folder, 'voilà.red'), SOURCES.sitter);
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'battle', '-@', '-'], {
    cwd: folder,
    encoding: 'utf8',
    input: '-b voilà.red suicide.red',
  });
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toContain('Results: 1 0 0');
});

test('several dashes take warriors of standard input, parted by ;redcode; -e takes the rest', () => {
  const run = (input: string, ...args: string[]) =>
    spawnSync(process.execPath, [MAIN, 'battle', ...args], {
      cwd: folder,
      encoding: 'utf8',
      input,
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
