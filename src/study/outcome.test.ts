// Jobs that go on from each other, as one run.

import { expect, test } from 'vitest';
import type { RunSummary, StageSummary } from '../run/experiment.ts';
import { judgeSource } from './judge-source.ts';
import { joinOutcomes } from './outcome.ts';

function stage(name: string, from: string | null, tokens: number): StageSummary {
  return {
    name,
    algorithm: 'next-token',
    data: 'text',
    steps: 1,
    tokens,
    parameters: 9,
    depth: 1,
    stepMs: 1,
    loss: 1,
    bitsPerByte: null,
    measures: {},
    curve: [],
    gradients: null,
    drift: null,
    gate: null,
    refused: false,
    start: from === null ? null : { from, tokens: null, shipped: null, gate: null },
  };
}

function done(...stages: StageSummary[]) {
  const summary: RunSummary = { seed: 0, stages, baselines: null, rollout: null, seconds: 1 };
  return { state: 'done', summary } as const;
}

test('two stages that begin with the shared one both name it', () => {
  const beside = 'run:../../shared/source-0a/seed-0';
  const joined = joinOutcomes([
    done(stage('source', null, 300)),
    done(stage('text', beside, 20), stage('code', beside, 7)),
  ]);
  const summary = joined?.state === 'done' ? joined.summary : null;
  expect(summary?.stages.map(({ start }) => start?.from)).toEqual([undefined, 'source', 'source']);
  const metric = { name: 'loss', better: 'lower', stage: null } as const;
  // Not through the stage between them, from which it takes nothing.
  expect(judgeSource([summary!], { metric })).toMatchObject({ from: 'source', sourceTokens: 300 });
});
