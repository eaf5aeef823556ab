import { describe, expect, test } from 'vitest';
import {
  countEvaluations,
  listMissingRounds,
  listMissingRuns,
  listMissingStages,
  type StageProgress,
} from './list-missing.ts';

const stage = (changes: Partial<StageProgress>): StageProgress => ({
  name: 'text',
  steps: 0,
  finished: false,
  refused: false,
  plannedSteps: 60,
  evaluations: 0,
  plannedEvaluations: 4,
  ...changes,
});

describe('a training run', () => {
  test('says of each stage how far it is, and what comes at the end', () => {
    const source = { name: 'source', steps: 30, finished: true, evaluations: 2 };
    expect(
      listMissingStages(
        [stage(source), stage({ steps: 20, evaluations: 2 }), stage({ name: 'late' })],
        ['the gate’s verdict', 'the sample'],
      ),
    ).toEqual([
      'Stage text is at step 20 of 60, with 2 of 4 evaluations made.',
      'Stage late has not begun: 60 steps.',
      'Made at the end, and not there yet: the gate’s verdict and the sample.',
    ]);
    expect(listMissingStages([stage({ steps: 60, evaluations: 4 })], [])).toEqual([
      'Stage text has done all 60 steps, with 4 of 4 evaluations made, and has not saved its model yet.',
    ]);
  });

  test('lacks nothing where it is finished, or requireGate ended it', () => {
    expect(listMissingStages([stage({ finished: true })], [])).toEqual([]);
    expect(listMissingStages([stage({ refused: true })], ['the sample'])).toEqual([]);
  });

  test('evaluates before the first step, every so many, and at the end', () => {
    expect([countEvaluations(60, 20), countEvaluations(50, 20), countEvaluations(5, 20)]).toEqual([
      4, 4, 2,
    ]);
  });
});

test('a study names its missing runs by how far they are', () => {
  const run = (label: string, progress: string | null, failure: string | null = null) => ({
    label,
    progress,
    failure,
  });
  expect(
    listMissingRuns(
      [
        run('nca seed 0', 'at step 3 of 9 of stage text'),
        run('nca seed 1', null),
        run('scratch seed 1', null, 'the disk is full'),
      ],
      8,
    ),
  ).toEqual([
    '3 of 8 runs have not ended.',
    'scratch seed 1 failed: the disk is full',
    'nca seed 0 is at step 3 of 9 of stage text.',
    'Not begun: nca seed 1.',
  ]);
  const many = Array.from({ length: 20 }, (_, i) => run(`run ${i}`, null));
  expect(listMissingRuns(many, 20)[1]).toContain('run 11 and 8 more.');
  expect(listMissingRuns([], 8)).toEqual([]);
});

test('an arms race says which rounds have not begun, and how far the last one is', () => {
  const race = (round: number, candidates: number, isOver: boolean, all = 5) =>
    listMissingRounds(
      {
        finished: isOver && round === all,
        rounds: [{ round, candidates }] as unknown as Parameters<
          typeof listMissingRounds
        >[0]['rounds'],
      },
      all,
      { isOver, planned: 12 },
    );
  expect(race(2, 7, false)).toEqual([
    'Round 2 has 7 of 12 candidates.',
    'Rounds 3 to 5 have not begun.',
  ]);
  expect(race(4, 12, true)).toEqual(['Round 5 has not begun.']);
  expect(race(5, 3, false)).toEqual(['Round 5 has 3 of 12 candidates.']);
  expect(race(5, 12, true)).toEqual([]);
});
