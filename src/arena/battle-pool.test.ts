import { afterAll, describe, expect, test } from 'vitest';
import { DWARF, IMP, SITTER, SUICIDE } from '../../test/support/warriors.ts';
import { keyFromSeed } from '../core/index.ts';
import {
  type BattleJob,
  createBattlePlayer,
  createPlainMars,
  makeSettings,
} from '../corewar/index.ts';
import { createBattlePool } from './battle-pool.ts';

const settings = makeSettings({ maxCycles: 300 });
const small = makeSettings({ coreSize: 800, maxCycles: 200, maxLength: 20 });
const WARRIORS = [IMP, DWARF, SITTER, SUICIDE];

const jobs: BattleJob[] = Array.from({ length: 150 }, (_, i) => ({
  settings: i % 3 === 0 ? settings : small,
  warriors: [WARRIORS[i % 4]!, WARRIORS[(i >> 2) % 4]!].concat(i % 5 === 0 ? [SITTER] : []),
  rounds: 1 + (i % 3),
  placement: { kind: 'random', key: keyFromSeed(i) },
  order: i % 7 === 0 ? 'shuffle' : 'rotate',
})).map((job, i) => {
  // Fields of the small core's warriors are reduced to it.
  if (i % 3 === 0) return job as BattleJob;
  const reduce = (field: number) => (field > 4000 ? field - 8000 + 800 : field);
  const warriors = job.warriors.map((warrior) => ({
    ...warrior,
    instructions: warrior.instructions.map((one) => ({
      ...one,
      a: reduce(one.a),
      b: reduce(one.b),
    })),
  }));
  return { ...job, warriors } as BattleJob;
});

const pools = [1, 2, 3].map((workers) => createBattlePool({ workers }));
afterAll(() => Promise.all(pools.map((pool) => pool.close())));

/** Rounds that last until they are stopped. */
const ENDLESS: BattleJob = {
  settings: makeSettings({ maxCycles: 100_000_000 }),
  warriors: [IMP, SITTER],
  rounds: 1_000_000,
  placement: { kind: 'fixed', positions: [0, 4000] },
  order: 'first',
};

describe('createBattlePool', () => {
  test('any number of workers gives what playing one by one gives', async () => {
    const expected = jobs.map(createBattlePlayer(createPlainMars));
    for (const pool of pools) expect(await pool.run(jobs)).toEqual(expected);
    // Warriors that the workers know by now, and several runs at once.
    const again = await Promise.all([0, 50, 100].map((first) => pools[1]!.run(jobs.slice(first))));
    expect(again).toEqual([0, 50, 100].map((first) => expected.slice(first)));
  });

  test('results of long battles come soon: a batch has few rounds', async () => {
    const battle: BattleJob = {
      settings: small,
      warriors: [SUICIDE, SUICIDE],
      rounds: 900,
      order: 'rotate',
      placement: { kind: 'fixed', positions: [0, 400] },
    };
    const counts: number[] = [];
    const onResults = (_: number, results: readonly unknown[]) => counts.push(results.length);
    const long = { ...battle, rounds: 3000 };
    await pools[0]!.run([...new Array(20).fill(battle), long, long], { onResults });
    expect(counts).toEqual([...new Array(10).fill(2), 1, 1]);
  });

  test('tells how far it is and gives results as they come', async () => {
    const seen = new Array<unknown>(jobs.length);
    const progress: number[] = [];
    const results = await pools[1]!.run(jobs, {
      onResults: (first, some) => void seen.splice(first, some.length, ...some),
      onProgress: (done, total) => progress.push(done / total),
    });
    expect(seen).toEqual(results);
    expect(progress.at(-1)).toBe(1);
    expect([...progress].sort((a, b) => a - b)).toEqual(progress);
  });

  test('a signal ends a run in the middle of a battle, and other runs go on', async () => {
    const controller = new AbortController();
    const stopped = pools[1]!.run([ENDLESS, ENDLESS, ENDLESS], { signal: controller.signal });
    const other = pools[1]!.run(jobs.slice(0, 10));
    setTimeout(() => controller.abort(new Error('enough')), 100);
    await expect(stopped).rejects.toThrow('enough');
    expect(await other).toHaveLength(10);
    await expect(pools[1]!.run(jobs, { signal: controller.signal })).rejects.toThrow('enough');
  });

  test('what a battle throws comes out, and the pool works on', async () => {
    const bad: BattleJob = { ...ENDLESS, placement: { kind: 'fixed', positions: [0] } };
    await expect(pools[0]!.run([...jobs, bad])).rejects.toThrow('2 warriors need 2 positions');
    expect(await pools[0]!.run(jobs.slice(0, 3))).toHaveLength(3);
  });

  test('a worker that dies is an error, not a wait without end', async () => {
    const script = new URL('../../test/support/dying-worker.mjs', import.meta.url);
    const pool = createBattlePool({ workers: 2, script });
    await expect(pool.run(jobs)).rejects.toThrow('a worker thread ended');
    await pool.close();
    await expect(pool.run(jobs)).rejects.toThrow('closed');
  });

  test('closing ends what is under way', async () => {
    const pool = createBattlePool({ workers: 1 });
    const run = pool.run([ENDLESS]);
    await Promise.all([expect(run).rejects.toThrow('closed'), pool.close()]);
    expect(() => createBattlePool({ workers: 0 })).toThrow('pool of 0');
    expect(await pools[0]!.run([])).toEqual([]);
  });
});
