import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DWARF, IMP, SITTER, SUICIDE } from '../../test/support/warriors.ts';
import { makeSettings, type Warrior } from '../corewar/index.ts';
import { createBattlePool } from './battle-pool.ts';
import { type ClimbOptions, climbHill } from './climb-hill.ts';
import { formatHill } from './hill.ts';
import { readHill } from './hill-file.ts';
import { warriorId } from './warrior-id.ts';

const pool = createBattlePool({ workers: 2 });
afterAll(() => pool.close());

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-hill-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const settings = makeSettings({ maxCycles: 4000 });
const rules = { setting: '94', settings, rounds: 10, seed: 1 };
const readAs = (warrior: Warrior | null, file: string) => ({
  file,
  warrior,
  diagnostics: warrior ? [] : [`${file}:1:1: error: bad`],
});
const MEMBERS = [
  readAs(IMP, 'imp.red'),
  readAs(DWARF, 'dwarf.red'),
  readAs(SITTER, 'sitter.red'),
  readAs(null, 'broken.red'),
  readAs({ ...IMP }, 'twin.red'),
];
const climb = (changes: Partial<ClimbOptions> = {}) =>
  climbHill({
    file: path.join(folder, 'hill.json'),
    rules,
    members: MEMBERS,
    challenger: null,
    size: Number.POSITIVE_INFINITY,
    pool,
    ...changes,
  });
const content = () => readFileSync(path.join(folder, 'hill.json'), 'utf8');

describe('climbHill', () => {
  test('plays every pair, and names what it leaves out', async () => {
    const { rows, leftOut } = await climb();
    expect(rows).toHaveLength(3);
    expect(rows[0]!.entry.warrior.name).toBe('Dwarf');
    for (const { wins, losses, ties, score } of rows) {
      expect(wins + losses + ties).toBeCloseTo(100);
      expect(score).toBeCloseTo(3 * wins + ties);
    }
    expect(leftOut).toEqual([
      { file: 'broken.red', reason: 'broken.red:1:1: error: bad' },
      { file: 'twin.red', reason: 'it is the same warrior as imp.red' },
    ]);
    expect(existsSync(path.join(folder, 'hill.json.lock'))).toBe(false);
  });

  test('nothing is played twice, and the order of files does not matter', async () => {
    await climb();
    const before = content();
    let pairs = 0;
    const counting = {
      ...pool,
      run: ((jobs, options) => {
        pairs += jobs.length;
        return pool.run(jobs, options);
      }) as typeof pool.run,
    };
    await climb({ pool: counting });
    expect([pairs, content()]).toEqual([0, before]);
    const more = [...MEMBERS].reverse().concat(readAs(SUICIDE, 'suicide.red'));
    const grown = await climb({ pool: counting, members: more });
    expect([pairs, grown.rows.length]).toEqual([3, 4]);
    rmSync(path.join(folder, 'hill.json'));
    expect((await climb({ members: more })).rows).toEqual(grown.rows);
  });

  test('a hill that is stopped goes on to the same result', async () => {
    const controller = new AbortController();
    const stopped = climb({
      signal: controller.signal,
      pool: {
        ...pool,
        run: (jobs, options) =>
          pool.run(jobs, {
            ...options,
            onProgress: () => controller.abort(new Error('stopped')),
          }),
      },
    });
    await expect(stopped).rejects.toThrow('stopped');
    const part = readHill(path.join(folder, 'hill.json'))!;
    expect(part.results.size).toBeGreaterThan(0);
    expect(part.results.size).toBeLessThan(3);
    const { rows } = await climb();
    rmSync(path.join(folder, 'hill.json'));
    expect((await climb()).rows).toEqual(rows);
  });

  test('a challenger enters, the lowest goes, and the others grow older', async () => {
    await climb({ members: [readAs(IMP, 'imp.red'), readAs(SUICIDE, 'suicide.red')] });
    const challenge = { members: null, challenger: readAs(DWARF, 'dwarf.red') };
    const { rows, pushedOff } = await climb({ ...challenge, size: 2 });
    expect(rows.map(({ entry }) => [entry.warrior.name, entry.age])).toEqual([
      ['Dwarf', 1],
      ['Imp', 2],
    ]);
    expect(pushedOff.map(({ entry }) => entry.warrior.name)).toEqual(['Suicide']);
    await expect(climb(challenge)).rejects.toThrow('is already on the hill');
    // A challenger that fails changes no age.
    const failed = await climb({ members: null, challenger: readAs(SUICIDE, 's.red'), size: 2 });
    expect(failed.rows.map(({ entry }) => entry.age)).toEqual([1, 2]);
    expect(failed.pushedOff[0]!.entry.warrior.name).toBe('Suicide');
    expect(readHill(path.join(folder, 'hill.json'))!.results.size).toBe(1);
  });

  test('other rules, damage and strange files are explained, and nothing is lost', async () => {
    await climb();
    const before = content();
    await expect(climb({ rules: { ...rules, rounds: 11 } })).rejects.toThrow('rounds 10, not 11');
    const short = { ...rules, settings: makeSettings({ maxCycles: 5 }) };
    await expect(climb({ rules: short })).rejects.toThrow('maxCycles 4000, not 5');
    expect(content()).toBe(before);
    writeFileSync(path.join(folder, 'hill.json'), before.replace('"Imp"', '"Ump"'));
    await expect(climb()).rejects.toThrow('is damaged');
    writeFileSync(path.join(folder, 'hill.json'), '{"a":1}');
    await expect(climb()).rejects.toThrow('is not a hill');
    await expect(climb({ file: path.join(folder, 'x.json'), members: null })).rejects.toThrow(
      'there is no hill',
    );
  });
});

test('ids follow from content alone', () => {
  expect(warriorId({ ...IMP, strategy: 'other' })).toBe(warriorId(IMP));
  expect(warriorId({ ...IMP, author: 'other' })).not.toBe(warriorId(IMP));
});

test('the table has the columns of a hill', () => {
  const entry = { id: 'a', file: 'a.red', age: 12, warrior: { ...IMP, author: 'Some One' } };
  const row = { rank: 1, wins: 42.4, losses: 30, ties: 27.6, score: 154.8, entry };
  expect(formatHill([row])).toBe(
    '  #  %W/ %L/ %T  Name Author     Score  Age\n  1  42/ 30/ 28  Imp  Some One   154.8   12',
  );
});
