import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { keyFromSeed } from '../../core/index.ts';
import { assemble, countPlaces, makeSettings, type Warrior } from '../../corewar/index.ts';
import { type BattlePool, createBattlePool } from '../battle-pool.ts';
import { type Candidate, listCandidates } from './draw-candidates.ts';
import { parseConstants, replaceConstants } from './parse-constants.ts';
import { runTune, type TuneOptions } from './run-tune.ts';

const pool = createBattlePool({ workers: 2 });
afterAll(() => pool.close());

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-tune-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

// A core so small that all places of all candidates can be played.
const settings = makeSettings({ coreSize: 80, maxCycles: 400, maxProcesses: 80, maxLength: 5 });
const rules = { settings, language: '94' } as const;
const source = Buffer.from(`;redcode-94
;name Bomber
;author us
;assert 1
step  equ 8   ;tune step 1..79
first equ 4   ;tune first 4, 9, 17
      org 1
      dat 0, first
      add.ab #step, -1
      mov.i -2, @-2
      jmp -2
`);
const build = (...lines: string[]): Warrior =>
  assemble([';redcode', ';assert 1', ...lines].join('\n'), { settings }).warrior!;
const OPPONENTS = [build('jmp 0', 'jmp 0', 'jmp 0')];

const tune = (changes: Partial<TuneOptions> = {}) =>
  runTune({
    source,
    file: 'bomber.red',
    setting: '94',
    rules,
    opponents: OPPONENTS,
    pool,
    validation: [],
    budget: 1500,
    candidates: null,
    finalRounds: 20,
    seed: 1,
    state: path.join(folder, 'out.tune.json'),
    out: path.join(folder, 'out.red'),
    ...changes,
  });
const read = (name: string) => readFileSync(path.join(folder, name), 'utf8');

describe('runTune finds what exhaustive search knows', () => {
  const constants = parseConstants(source, 'bomber.red');
  const all = listCandidates(constants);
  const exact = new Map<string, number>();

  // Every place with either starter, for each of the 237 candidates: the true scores.
  beforeAll(async () => {
    const rounds = 2 * countPlaces(settings);
    const warriors = all.map(
      (candidate) =>
        assemble(replaceConstants(source, constants, candidate), { settings }).warrior!,
    );
    const jobs = warriors.map((warrior) => ({
      settings,
      rounds,
      order: 'rotate' as const,
      warriors: [warrior, OPPONENTS[0]!],
      placement: { kind: 'permuted' as const, key: keyFromSeed(0) },
    }));
    const results = await pool.run(jobs);
    all.forEach((candidate, i) => {
      const [, wins, ties] = results[i]!.outcomes[0]!;
      exact.set(`${candidate}`, (100 * (3 * wins! + ties!)) / rounds);
    });
  });

  test.each([1, 2, 3, 4])(
    'seed %i: among the best 3 %, having tried less than half',
    async (seed) => {
      const { finalists, original, random, tried } = await tune({ seed, budget: 8000 });
      const truth = (values: Candidate) => exact.get(`${values}`)!;
      const found = truth(finalists[0]!.values);
      const better = all.filter((values) => truth(values) > found).length;
      expect(better / all.length).toBeLessThan(0.03);
      expect(tried).toBeLessThan(all.length / 2);
      expect(found).toBeGreaterThan(truth(original.values));
      // Twenty rounds for each held-out score: within four standard errors of the truth.
      expect(Math.abs(finalists[0]!.heldOut.score.mean - found)).toBeLessThan(
        4 * (150 / Math.sqrt(20)),
      );
      const blind = random.map(({ values }) => truth(values));
      expect(blind.reduce((sum, value) => sum + value, 0) / blind.length).toBeLessThan(found);
    },
  );
});

describe('runTune', () => {
  test('writes the source with the best constants, and every other byte as it was', async () => {
    const { finalists, original } = await tune();
    const [step, first] = finalists[0]!.values;
    expect(read('out.red')).toBe(
      source
        .toString()
        .replace('step  equ 8', `step  equ ${step}`)
        .replace('first equ 4', `first equ ${first}`),
    );
    expect(original.heldOut.gain).toEqual({ mean: 0, interval: [0, 0] });
    expect(original.values).toEqual([8, 4]);
    expect(existsSync(path.join(folder, 'out.tune.json.lock'))).toBe(false);
  });

  test('the number of workers changes nothing', async () => {
    const result = await tune();
    const state = read('out.tune.json');
    rmSync(path.join(folder, 'out.tune.json'));
    rmSync(path.join(folder, 'out.red'));
    const single = createBattlePool({ workers: 1 });
    try {
      expect(await tune({ pool: single })).toEqual(result);
    } finally {
      await single.close();
    }
    expect(read('out.tune.json')).toBe(state);
  });

  test('stopped anywhere, it goes on to the same result and plays nothing twice', async () => {
    // Every start assembles all candidates: a quarter of them is enough.
    const fewer = Buffer.from(source.toString().replace('1..79', '1..19'));
    const whole = await tune({ source: fewer });
    const state = read('out.tune.json');
    rmSync(path.join(folder, 'out.tune.json'));
    rmSync(path.join(folder, 'out.red'));
    let played = 0;
    let stops = 0;
    for (;;) {
      const controller = new AbortController();
      let calls = 0;
      const counting: BattlePool = {
        ...pool,
        run: (jobs, options) =>
          pool.run(jobs, {
            ...options,
            onResults: (first, results) => {
              options?.onResults?.(first, results);
              played += results.length;
              // Later each time: a stop costs the threads of the pool.
              if (++calls === 3 + stops) controller.abort(new Error('stopped'));
            },
          }),
      };
      try {
        expect(await tune({ source: fewer, pool: counting, signal: controller.signal })).toEqual(
          whole,
        );
        break;
      } catch (error) {
        expect((error as Error).message).toBe('stopped');
        stops++;
      }
    }
    expect(stops).toBeGreaterThan(3);
    expect(read('out.tune.json')).toBe(state);
    const results = Object.values(JSON.parse(state).results as Record<string, object>);
    const pairs = results.flatMap((rows) => Object.values(rows) as number[][]);
    expect(played).toBe(pairs.reduce((sum, row) => sum + row.length / 2, 0));
  });

  test('held-out opponents choose nothing', async () => {
    const validation = [build('mov 0, 1')];
    const result = await tune({ validation });
    const values = result.finalists.map((row) => row.values);
    expect(result.finalists[0]!.validated!.score.mean).toBeGreaterThanOrEqual(0);
    rmSync(path.join(folder, 'out.tune.json'));
    rmSync(path.join(folder, 'out.red'));
    const without = await tune();
    expect(without.finalists.map((row) => row.values)).toEqual(values);
    expect(without.finalists[0]!.validated).toBeNull();
    expect(without.finalists[0]!.heldOut).toEqual(result.finalists[0]!.heldOut);
  });

  test('a small space is searched whole', async () => {
    const few = Buffer.from(
      source.toString().replace('1..79', '8, 9, 3').replace('4, 9, 17', '4, 5'),
    );
    const { tried, finalists } = await tune({ source: few });
    expect(tried).toBe(6);
    expect(finalists).toHaveLength(5);
  });

  test('a warrior that the search did not write is never overwritten', async () => {
    await tune();
    const [state, tuned] = [read('out.tune.json'), read('out.red')];
    // What it wrote may be there or not. All of it was there before, and tells no speed.
    const played: number[] = [];
    const onProgress: TuneOptions['onProgress'] = (done, total, { kept }) => {
      if (done < total - 1) played.push(done - kept);
    };
    await tune({ onProgress });
    expect(new Set(played)).toEqual(new Set([0]));
    rmSync(path.join(folder, 'out.red'));
    await tune();
    expect([read('out.tune.json'), read('out.red')]).toEqual([state, tuned]);
    const edited = `${tuned}; by hand\n`;
    writeFileSync(path.join(folder, 'out.red'), edited);
    await expect(tune()).rejects.toMatchObject({
      message: expect.stringContaining('out.red is not what this search wrote'),
      hint: 'move it elsewhere, or choose another --out',
    });
    expect([read('out.tune.json'), read('out.red')]).toEqual([state, edited]);
  });

  test('a warrior that comes while a search is stopped or under way is never overwritten', async () => {
    const place = path.join(folder, 'out.red');
    const controller = new AbortController();
    const onProgress = () => controller.abort(new Error('stopped'));
    await expect(tune({ signal: controller.signal, onProgress })).rejects.toThrow('stopped');
    writeFileSync(place, 'mine');
    await expect(tune()).rejects.toThrow('is not what this search wrote');
    rmSync(place);
    const late = tune({ onProgress: () => writeFileSync(place, 'mine') });
    await expect(late).rejects.toThrow('is not what this search wrote');
    expect(read('out.red')).toBe('mine');
  });

  test('long rungs are played in blocks that are saved one by one', async () => {
    const few = Buffer.from(
      source.toString().replace('1..79', '8, 9, 3').replace('4, 9, 17', '4, 5'),
    );
    const rounds: number[] = [];
    const keys = new Set<string>();
    const watched: BattlePool = {
      ...pool,
      run: (jobs, options) => {
        for (const job of jobs) {
          rounds.push(job.rounds);
          if (job.placement.kind === 'random') keys.add(job.placement.key.join(' '));
        }
        return pool.run(jobs, options);
      },
    };
    // Two rungs: 6 candidates of 2000 rounds, which cannot use 6; five of 2401 each, with what was left.
    const result = await tune({ source: few, budget: 24_006, pool: watched });
    expect(Math.max(...rounds)).toBe(1000);
    const { results } = JSON.parse(read('out.tune.json'));
    const blocks = Object.keys(results).filter((name) => name.startsWith('search'));
    expect(blocks).toEqual(['search-0', 'search-0-1', 'search-1', 'search-1-1', 'search-1-2']);
    expect(rounds.slice(0, 27)).toEqual([
      ...new Array(12).fill(1000),
      ...new Array(10).fill(1000),
      ...new Array(5).fill(400),
    ]);
    // Five blocks and ten final ones, all from places of their own.
    expect(keys.size).toBe(15);
    expect(result.finalists[0]!.selection!.rounds).toBe(4400);
    const state = read('out.tune.json');
    rmSync(path.join(folder, 'out.tune.json'));
    rmSync(path.join(folder, 'out.red'));
    const single = createBattlePool({ workers: 1 });
    try {
      expect(await tune({ source: few, budget: 24_006, pool: single })).toEqual(result);
    } finally {
      await single.close();
    }
    expect(read('out.tune.json')).toBe(state);
  });

  test.each([
    [{ budget: 8 }, 'too few rounds for 2 candidates: 8', 12],
    [{ budget: 11 }, 'too few rounds for 2 candidates: 11', 12],
    // 4 rungs of 29 candidates, two rounds each: 232 of 357 rounds, 124 for those around the best.
    [{ budget: 90, candidates: 30 }, /^too few rounds for (\d+) candidates: 90$/, null],
  ])('%j: nothing is played, and the whole budget is named', async (changes, message, least) => {
    const refused = await tune(changes).catch((error) => error);
    expect(refused.message).toMatch(message);
    expect(existsSync(path.join(folder, 'out.tune.json'))).toBe(false);
    const [needs] = /(?<=need at least )[\d,]+/.exec(refused.hint)!;
    const enough = Number(needs.replaceAll(',', ''));
    if (least !== null) expect(enough).toBe(least);
    await expect(tune({ ...changes, budget: enough - 1 })).rejects.toThrow('too few');
    expect((await tune({ ...changes, budget: enough })).tried).toBeGreaterThan(0);
  });

  test('candidates that do not assemble are counted and never chosen', async () => {
    // Longer than the five instructions that are allowed where the step is 40 or more.
    const repeated = 'for step/20\n dat 0, 0\n rof\n jmp -2';
    const picky = Buffer.from(source.toString().replace('jmp -2', repeated));
    const { finalists, unassembled } = await tune({ source: picky });
    expect(unassembled).toBeGreaterThan(5);
    for (const { values } of finalists) expect(values[0]).toBeLessThan(40);
  });

  test('what cannot be searched is said, and what is there is left', async () => {
    await tune();
    const state = read('out.tune.json');
    const changed = (changes: Partial<TuneOptions>) => expect(tune(changes)).rejects;
    await changed({ budget: 13_000 }).toThrow('another budget: 1500, not 13000');
    await changed({ seed: 2 }).toThrow('another seed: 1, not 2');
    await changed({ source: Buffer.from(`${source} `) }).toThrow('another source');
    await changed({ opponents: [build('mov 0, 1')] }).toThrow('other opponents');
    expect(read('out.tune.json')).toBe(state);
    const damage = (from: RegExp, to: string) =>
      writeFileSync(path.join(folder, 'out.tune.json'), state.replace(from, to));
    damage(/"8 4":\[\d+/, '"8 4":[99');
    await changed({}).toThrow('results are damaged');
    damage(/"8 4":\[\d+,/, '"8 4":[');
    await changed({}).toThrow('results are damaged');
    damage(/^/, '1');
    await changed({}).toThrow('is not JSON');
    writeFileSync(path.join(folder, 'out.tune.json'), '{"a":1}');
    await changed({}).toThrow('is not a search');
    rmSync(path.join(folder, 'out.tune.json'));
    await changed({}).toThrow('out.red is not what this search wrote');
    const fresh = { state: path.join(folder, 'b.tune.json'), out: path.join(folder, 'b.red') };
    await changed({ ...fresh, finalRounds: 1e9 }).toThrow(
      '1,000,000,000 final rounds are too many',
    );
    expect(existsSync(fresh.state)).toBe(false);
  });

  test.each([
    [/add.ab #step/, 'add.ab #8', 'changing step does not change the warrior'],
    [/jmp -2/, 'jmp', 'does not assemble'],
    [/;tune/g, ';', 'no constant to tune'],
  ])('a source with %s as %s: %s', async (from, to, message) => {
    const bad = Buffer.from(source.toString().replace(from, to));
    await expect(tune({ source: bad })).rejects.toThrow(message);
    expect(existsSync(path.join(folder, 'out.tune.json'))).toBe(false);
  });
});
