import { describe, expect, test } from 'vitest';
import { foldIn, type Key, keyFromSeed, randomInt, uniform } from '../core/index.ts';
import type { BattleJob, BattleResult, Warrior } from '../corewar/index.ts';
import { EMPTY_INSTRUCTION, makeSettings } from '../corewar/index.ts';
import { listElites, makeLayout } from './archive.ts';
import type { Candidate } from './candidate.ts';
import type { PlayBattles } from './evaluate.ts';
import type { Mutator } from './mutator.ts';
import { type RoundPlan, type RoundPorts, runRound } from './run-round.ts';

/** A warrior that is nothing but a number, in its name and its source. */
function makeWarrior(value: number): Warrior {
  const instructions = [{ ...EMPTY_INSTRUCTION, a: value }];
  return { name: `w${value}`, author: '', strategy: '', instructions, start: 0, pin: null };
}

/** Changes the number by a draw; at times there is no warrior. */
const mutator: Mutator = {
  async propose({ key, parent, mate }) {
    const fails = uniform(foldIn(key, 'fails'), 1)[0]! < 0.15;
    const value = (parent ? parent.warrior.instructions[0]!.a : 0) + randomInt(key, 1000);
    const warrior = fails ? null : makeWarrior(value);
    return {
      mutator: 'genetic',
      source: String(value),
      warrior,
      repaired: false,
      failure: fails ? 'invalid' : null,
      errors: [],
      usedMate: mate !== null,
    };
  },
};

function measure({ warriors, placement }: BattleJob, candidate: Warrior): BattleResult {
  const value = candidate.instructions[0]!.a;
  const key: Key = placement.kind === 'random' ? placement.key : keyFromSeed(0);
  const noise = uniform(key, 1)[0]!;
  const all = (own: number) => warriors.map((warrior) => (warrior === candidate ? own : 0));
  return {
    rounds: 1,
    outcomes: [],
    instructions: 0,
    survival: all((value % 97) / 97 + noise),
    spawned: all(value % 1000),
    coverage: all(value % 3000),
  };
}

const OPPONENT = makeWarrior(-1);
const find = (job: BattleJob) => job.warriors.find((warrior) => warrior !== OPPONENT)!;
const playAtOnce: PlayBattles = async (jobs) => jobs.map((job) => measure(job, find(job)));

function makePlan(changes: Partial<RoundPlan> = {}): RoundPlan {
  return {
    round: 3,
    key: keyFromSeed(11),
    layout: makeLayout({ axes: ['spawned', 'coverage'] }),
    evaluation: {
      settings: makeSettings(),
      opponents: [OPPONENT],
      simulations: 3,
      placement: 'fair',
    },
    warmUps: [{ name: 'w5', source: '5', warrior: makeWarrior(5), champion: 2 }],
    newAtStart: 4,
    total: 45,
    newShare: 0.2,
    fitnessThreshold: null,
    inFlight: 4,
    ...changes,
  };
}

async function run(
  plan: RoundPlan,
  recorded: readonly Candidate[] = [],
  ports: Partial<RoundPorts> = {},
) {
  const candidates = [...recorded];
  const archive = await runRound(plan, recorded, {
    mutator,
    play: playAtOnce,
    assemble: (source) => makeWarrior(Number(source)),
    record: (candidate) => candidates.push(candidate),
    ...ports,
  });
  return { candidates, archive };
}

describe('runRound', () => {
  test('begins with warm-ups and new warriors, then changes elites of the archive it had', async () => {
    const { candidates, archive } = await run(makePlan());
    expect(candidates.map(({ index }) => index)).toEqual(Array.from({ length: 45 }, (_, i) => i));
    expect(candidates[0]).toMatchObject({ origin: 'warm-up', champion: 2, mutator: null });
    expect(candidates.slice(1, 5).every(({ origin }) => origin === 'new')).toBe(true);
    const later = candidates.slice(5);
    const mutations = later.filter(({ origin }) => origin === 'mutation');
    expect(mutations.length).toBeGreaterThan(20);
    expect(mutations.length).toBeLessThan(40);
    for (const { index, parents } of mutations) {
      for (const parent of parents) expect(parent).toBeLessThan(index - 3);
      expect(new Set(parents).size).toBe(parents.length);
    }
    expect(candidates.filter(({ failure }) => failure).length).toBeGreaterThan(1);
    for (const { failure, evaluation, kept } of candidates) {
      expect(evaluation === null).toBe(failure !== null);
      if (failure) expect(kept).toBe(false);
    }
    const kept = new Set(candidates.filter((own) => own.kept).map(({ index }) => index));
    expect(listElites(archive).every(({ index }) => kept.has(index))).toBe(true);
  });

  test('does not depend on how long battles take, nor on the order in which they end', async () => {
    const calm = await run(makePlan());
    const play: PlayBattles = async (jobs) => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
      return playAtOnce(jobs);
    };
    expect(await run(makePlan(), [], { play })).toEqual(calm);
  });

  test('goes on from every candidate to the same end', async () => {
    const whole = await run(makePlan());
    for (let kept = 0; kept <= whole.candidates.length; kept++) {
      // What was written to disk and read back.
      const recorded = JSON.parse(JSON.stringify(whole.candidates.slice(0, kept))) as Candidate[];
      const { candidates, archive } = await run(makePlan(), recorded);
      expect(candidates).toEqual(whole.candidates);
      expect(
        listElites(archive).map(({ index, source, evaluation }) => [index, source, evaluation]),
      ).toEqual(
        listElites(whole.archive).map(({ index, source, evaluation }) => [
          index,
          source,
          evaluation,
        ]),
      );
    }
  });

  test('has as many candidates under way as it may, and no more', async () => {
    let underWay = 0;
    let most = 0;
    const play: PlayBattles = async (jobs) => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setTimeout(resolve, 2));
      underWay--;
      return playAtOnce(jobs);
    };
    for (const inFlight of [1, 3]) {
      most = 0;
      await run(makePlan({ inFlight }), [], { play });
      expect(most).toBe(inFlight);
    }
  });

  test('ends above the threshold with what is under way then, and stays there when resumed', async () => {
    const plan = makePlan({ fitnessThreshold: 1.2 });
    const { candidates } = await run(plan);
    const fitness = ({ evaluation }: Candidate) => evaluation?.fitness ?? 0;
    const first = candidates.findIndex((own) => fitness(own) > 1.2);
    expect(first).toBeGreaterThan(5);
    expect(candidates).toHaveLength(first + plan.inFlight);
    expect(candidates).toEqual((await run(makePlan())).candidates.slice(0, candidates.length));
    for (let kept = first - 3; kept <= candidates.length; kept++) {
      const again = await run(plan, candidates.slice(0, kept));
      expect(again.candidates).toEqual(candidates);
    }
  });

  test('asks for the threshold before each iteration but the first, as the authors’ code does', async () => {
    // A warm-up has it already; one candidate under way at a time.
    const plan = makePlan({ fitnessThreshold: 0.001, inFlight: 1 });
    const { candidates } = await run(plan);
    // One warm-up, four new warriors, one step.
    expect(candidates.map(({ origin }) => origin).slice(0, 5)).toEqual([
      'warm-up',
      'new',
      'new',
      'new',
      'new',
    ]);
    expect(candidates).toHaveLength(6);
    const equal = candidates.reduce((best, { evaluation }) => {
      return Math.max(best, evaluation?.fitness ?? 0);
    }, 0);
    // Above it, not at it.
    const more = await run(makePlan({ fitnessThreshold: equal, inFlight: 1 }));
    expect(more.candidates.length).toBeGreaterThan(6);
  });

  test('asks a mutator for nothing that it does not record', async () => {
    for (const inFlight of [1, 3, 8]) {
      let asked = 0;
      const counting: Mutator = {
        propose: (request) => {
          asked++;
          return mutator.propose(request);
        },
      };
      const plan = makePlan({ fitnessThreshold: 0.001, inFlight });
      const { candidates } = await run(plan, [], { mutator: counting });
      expect(asked).toBe(candidates.length - plan.warmUps.length);
    }
  });

  test('an error keeps all that was done before, in order', async () => {
    const whole = await run(makePlan());
    const failing: Mutator = {
      propose: async (request) => {
        if (request.tag.endsWith('candidate 20')) throw new Error('no more');
        return mutator.propose(request);
      },
    };
    const candidates: Candidate[] = [];
    const record = (candidate: Candidate) => void candidates.push(candidate);
    await expect(run(makePlan(), [], { mutator: failing, record })).rejects.toThrow('no more');
    expect(candidates).toEqual(whole.candidates.slice(0, 20));
  });

  test('a signal stops it', async () => {
    const controller = new AbortController();
    const candidates: Candidate[] = [];
    const stopped = run(makePlan(), [], {
      signal: controller.signal,
      record: (candidate) => {
        candidates.push(candidate);
        if (candidates.length === 10) controller.abort();
      },
    });
    await expect(stopped).rejects.toThrow();
    expect(candidates.length).toBeGreaterThanOrEqual(10);
    expect(candidates.length).toBeLessThan(45);
  });

  test('a round without a legal warrior has an empty archive', async () => {
    const garbage: Mutator = {
      propose: async () => ({
        mutator: 'llm',
        source: null,
        warrior: null,
        failure: 'no code',
        errors: ['none'],
        repaired: false,
        usedMate: false,
      }),
    };
    const plan = makePlan({ warmUps: [], total: 9 });
    const { candidates, archive } = await run(plan, [], { mutator: garbage });
    expect(candidates).toHaveLength(9);
    expect(candidates.every(({ origin }) => origin === 'new')).toBe(true);
    expect(listElites(archive)).toEqual([]);
  });
});

describe('placement', () => {
  test('fair gives every slot in turn, authors the first one', async () => {
    const slots = async (placement: 'fair' | 'authors') => {
      const seen = new Set<number>();
      const play: PlayBattles = (jobs) => {
        for (const job of jobs) seen.add(job.warriors.indexOf(find(job)));
        return playAtOnce(jobs);
      };
      const evaluation = { ...makePlan().evaluation, placement };
      await run(makePlan({ evaluation }), [], { play });
      return [...seen].sort();
    };
    expect(await slots('fair')).toEqual([0, 1]);
    expect(await slots('authors')).toEqual([0]);
  });
});
