import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gateResult } from '../../test/support/gate-result.ts';
import { runPaths } from '../run/run-folder.ts';
import { writeRunRecord } from '../run/run-record.ts';
import { parseRecipe } from './recipe.ts';
import { REGISTRIES } from './registries.ts';
import { readTrainingSummary, renewSummary, summarizeTraining } from './summary.ts';
import { artifactsPath, gatePath, TRAINING } from './training-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-summary-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A run of two stages, of which `finished` are, with these rows of metrics. */
function writeRun(rows: readonly object[], finished: readonly string[] = [], others = {}): void {
  const data = { kind: 'copy' };
  const recipe = parseRecipe(
    { name: 'x', seed: 3, data, stages: { a: { steps: 2 }, b: { steps: 3 } }, ...others },
    'x',
    REGISTRIES,
  );
  const paths = runPaths(folder);
  writeRunRecord(folder, TRAINING);
  writeFileSync(paths.recipe, JSON.stringify(recipe));
  writeFileSync(paths.metrics, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  for (const stage of finished) mkdirSync(artifactsPath(folder, stage), { recursive: true });
}

const summarize = () => summarizeTraining(folder, REGISTRIES);

const ROWS = [
  { stage: 'a', step: 0, tokens: 0, heldOutLoss: 9, parameters: 100, depth: 7 },
  { stage: 'a', step: 1, tokens: 10, loss: 8, stepMs: 1000, elapsedSeconds: 1 },
  { stage: 'a', step: 2, tokens: 20, loss: 7, stepMs: 2000, elapsedSeconds: 3 },
  { stage: 'a', step: 2, tokens: 20, heldOutLoss: 6, measures: { drift: 0.5 } },
  { stage: 'b', step: 0, tokens: 0, heldOutLoss: 5, parameters: 90, depth: 11 },
  { stage: 'b', step: 1, tokens: 10, loss: 4, stepMs: 3000, elapsedSeconds: 9 },
  { stage: 'b', step: 1, tokens: 10, heldOutLoss: null, measures: { drift: 0.25, odd: 'x' } },
];

describe('a summary', () => {
  test('has the curves of stages in order, with what it took to get to each point', () => {
    writeRun(ROWS, ['a']);
    const { stages, seconds, seed } = summarize();
    expect([seed, seconds]).toEqual([3, 9]);
    const [a, b] = stages;
    expect(a!.curve).toEqual([
      { step: 0, tokens: 0, totalSteps: 0, seconds: 0, depth: 0, loss: 9, measures: {} },
      {
        step: 2,
        tokens: 20,
        totalSteps: 2,
        seconds: 3,
        depth: 14,
        loss: 6,
        measures: { drift: 0.5 },
      },
    ]);
    expect(b!.curve.map(({ totalSteps, seconds: s, depth, loss }) => [totalSteps, s, depth, loss]))
      // A loss that is not a number is none.
      .toEqual([
        [2, 3, 14, 5],
        [3, 6, 25, null],
      ]);
    expect(b!.measures).toEqual({ drift: 0.25 });
    expect([a!.parameters, b!.parameters]).toEqual([100, 90]);
    expect(a!.stepMs).toBe(2000);
  });

  test('takes what is not a number in a series as missing', () => {
    const row = { stage: 'a', step: 2, tokens: 20, heldOutLoss: 6, measures: {} };
    const memoryGradients = [1, 'x', [3], 4];
    writeRun([
      { ...row, series: { drift: [0.5, null, { a: 1 }, 2], memoryGradients, rolledOutLoss: [1] } },
    ]);
    expect(summarize().stages[0]).toMatchObject({
      drift: [
        [1, 0.5],
        [4, 2],
      ],
      gradients: {
        first: [
          [3, 1],
          [0, 4],
        ],
      },
    });
    for (const series of ['x', 7, null, ['drift'], { drift: 'x', memoryGradients: { 0: 1 } }]) {
      writeRun([{ ...row, series }]);
      expect(summarize().stages[0]).toMatchObject({ drift: null, gradients: null });
    }
  });

  test('has the loss of a stage only once it is finished', () => {
    writeRun(ROWS);
    expect(summarize().stages.map(({ loss, finished }) => [loss, finished])).toEqual([
      [null, false],
      [null, false],
    ]);
    writeRun(ROWS, ['a']);
    expect(summarize().stages.map(({ loss, finished }) => [loss, finished])).toEqual([
      [6, true],
      [null, false],
    ]);
  });

  test('says of a stage that has not begun what it would begin with, and whether it was refused', () => {
    const begin = (requireGate?: string) => {
      const stages = { a: { steps: 2 }, b: requireGate === undefined ? {} : { requireGate } };
      writeRun(ROWS.slice(0, 4), ['a'], { stages });
    };
    begin();
    writeFileSync(
      gatePath(folder, 'a'),
      JSON.stringify({ gate: gateResult({ verdict: 'statistics' }), examples: [] }),
    );
    expect(summarize().stages[1]).toMatchObject({
      steps: 0,
      parameters: null,
      refused: false,
      start: { from: 'a', shipped: null, tokens: null, gate: { verdict: 'statistics' } },
    });
    begin('statistics');
    expect(summarize().stages[1]!.refused).toBe(false);
    begin('dynamics');
    const [a, b] = summarize().stages;
    expect([a!.refused, b!.refused, b!.loss]).toEqual([false, true, null]);
    expect(a!.gate!.verdict).toBe('statistics');
  });

  test('has gradients by distance, at the first step and over the second half, and the drift at the end', () => {
    const row = (step: number, memoryGradients: number[]) => ({
      stage: 'a',
      step,
      tokens: step,
      loss: 1,
      stepMs: 1,
      series: { memoryGradients },
    });
    const last = { stage: 'a', step: 4, tokens: 4, heldOutLoss: 1, measures: {} };
    writeRun([
      row(1, [1, 2, 4]),
      row(2, [2, 3, 5]),
      row(4, [4, 5, 7]),
      { ...last, series: { drift: [0.5, 0.25] } },
    ]);
    const { gradients, drift } = summarize().stages[0]!;
    expect(gradients!.first).toEqual([
      [2, 1],
      [1, 2],
      [0, 4],
    ]);
    expect(gradients!.late).toEqual([
      [2, 3],
      [1, 4],
      [0, 6],
    ]);
    expect(drift).toEqual([
      [1, 0.5],
      [2, 0.25],
    ]);
    expect(summarize().stages[1]).toMatchObject({ gradients: null, drift: null });
  });

  test('is read back as it was written, and made anew with the time that it has', () => {
    writeRun(ROWS, ['a', 'b']);
    const { summary: file } = runPaths(folder);
    renewSummary(folder, REGISTRIES);
    expect(() => readTrainingSummary(file)).toThrow('no file');
    writeFileSync(file, JSON.stringify(summarizeTraining(folder, REGISTRIES, { seconds: 77 })));
    expect(readTrainingSummary(file)).toEqual(
      summarizeTraining(folder, REGISTRIES, { seconds: 77 }),
    );
    writeRun([...ROWS, { stage: 'b', step: 3, tokens: 30, heldOutLoss: 2 }], ['a', 'b']);
    renewSummary(folder, REGISTRIES);
    const renewed = readTrainingSummary(file);
    expect([renewed.seconds, renewed.stages[1]!.loss]).toEqual([77, 2]);
    writeFileSync(file, JSON.stringify({ ...renewed, stages: 3 }));
    expect(() => readTrainingSummary(file)).toThrow(/summary\.json.*stages/);
  });
});
