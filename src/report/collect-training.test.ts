import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gateResult } from '../../test/support/gate-result.ts';
import { expectInPage } from '../../test/support/page-text.ts';
import type { GateRecord } from '../training/measure-gate.ts';
import { REGISTRIES } from '../training/registries.ts';
import { collectTrainingReport } from './collect-training.ts';
import { writeReport } from './write-report.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-collect-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const WORLD = { kind: 'nca', colors: 2, grid: 4, band: { kind: 'none' } };
const source = { data: WORLD, contextLength: 23 };
const RECIPE = { name: 'tiny', seed: 4, stages: { source, text: { data: { kind: 'text' } } } };
const INFO = {
  corpus: 'prose',
  trainDocuments: 1,
  validationDocuments: 1,
  trainBytes: 100,
  validationBytes: 50,
  trainTokens: 40,
  validationTokens: 20,
};
const METRICS = [
  { stage: 'source', step: 0, tokens: 0, heldOutLoss: 4, parameters: 50, depth: 9 },
  { stage: 'source', step: 1, tokens: 92, loss: 3, stepMs: 10, parts: { decode: 2 } },
  { stage: 'text', step: 0, tokens: 0, heldOutLoss: 5 },
  { stage: 'text', step: 1, tokens: 32, loss: 4.5, stepMs: 10, parts: { decode: 1 } },
  { stage: 'text', step: 1, tokens: 32, heldOutLoss: 4 },
];
const GATE: GateRecord = {
  gate: gateResult(),
  examples: [
    {
      label: 'of median accuracy',
      accuracy: 0.5,
      // Four frames: start (16), four patches, end (17). The first predicted patch of frame 1 is wrong.
      tokens: [0, 1, 2, 3].flatMap((frame) => [16, frame, 0, 0, 15, 17]),
      predicted: [0, 1, 2, 3].flatMap((frame) => [16, frame === 1 ? 14 : frame, 0, 0, 15, 17]),
    },
  ],
};

type Parts = {
  readonly recipe?: object;
  readonly metrics?: readonly object[];
  /** Other files, by their place in the folder. */
  readonly files?: Readonly<Record<string, unknown>>;
  readonly finished?: readonly string[];
};

/** Writes what a run has written so far. */
function writeRun({ recipe = RECIPE, metrics = [], files = {}, finished = [] }: Parts): void {
  const all = { 'run.json': { format: 2, kind: 'training' }, 'recipe.json': recipe, ...files };
  for (const [file, value] of Object.entries(all)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), JSON.stringify(value));
  }
  for (const stage of finished) {
    mkdirSync(path.join(folder, 'stages', stage, 'artifacts'), { recursive: true });
  }
  const rows = metrics.map((row) => `${JSON.stringify(row)}\n`);
  writeFileSync(path.join(folder, 'metrics.jsonl'), rows.join(''));
}

const collect = () => collectTrainingReport(folder, REGISTRIES);
const DONE = {
  metrics: METRICS,
  finished: ['source', 'text'],
  files: { 'stages/source/gate.json': GATE, 'data/text/info.json': INFO },
};

describe('collectTrainingReport', () => {
  test('of a finished run has curves, parts by steps of the run, and the data in words', () => {
    writeRun(DONE);
    const { summary, stages } = collect();
    expect(stages.map(({ data }) => data)).toEqual(['nca: 2 colors, 4×4 cells', 'text: prose']);
    expect(stages[1]!.trainCurve).toEqual([[32, 4.5]]);
    expect(stages.map(({ parts }) => parts.decode)).toEqual([[[1, 2]], [[2, 1]]]);
    expect(stages[0]!.metrics).toBe(REGISTRIES.algorithms['next-token']!.metrics);
    expect(stages[0]!.gate!.world).toMatchObject({ learnable: 'in-context', framed: true });
    expect(stages[1]!.gate).toBeNull();
    expect(summary.stages[1]!.bitsPerByte).toBeCloseTo((4 * 20) / (Math.LN2 * 50));
  });

  test('draws what happened, what was predicted, and where they differ', () => {
    writeRun(DONE);
    const { rows } = collect().stages[0]!.gate!.frames!;
    expect(rows.map(({ label }) => label)).toEqual([
      'what happened',
      'predicted next',
      'wrong cells',
    ]);
    const [happened, predicted, wrong] = rows.map(({ frames }) => frames);
    expect(happened).toHaveLength(4);
    expect(predicted![0]).toBeNull();
    expect(predicted![2]).toEqual(happened![2]);
    expect(predicted![1]).not.toEqual(happened![1]);
    expect(wrong![1]).not.toEqual(wrong![2]);
  });

  test('stages without data of their own go on with those of the run', () => {
    const shared = { name: 'shared', data: WORLD, contextLength: 23, stages: { a: {}, b: {} } };
    writeRun({ recipe: shared });
    expect(collect().stages.map(({ continues }) => continues)).toEqual([false, true]);
  });

  test.each<[string, Parts]>([
    ['that has not begun', {}],
    ['killed in the first stage', { metrics: METRICS.slice(0, 2) }],
    ['killed in the second stage', { ...DONE, finished: ['source'] }],
    ['of one stage', { recipe: { ...RECIPE, stages: { source } }, metrics: METRICS.slice(0, 2) }],
  ])('of a run %s has what there is', (_, parts) => {
    writeRun(parts);
    expect(collect().summary.stages.at(-1)!.loss).toBeNull();
    expectInPage(readFileSync(writeReport(folder, REGISTRIES), 'utf8'), '<svg');
  });

  test('of what is no run, or a broken one, is refused by name', () => {
    expect(() => writeReport(folder, REGISTRIES)).toThrow('holds no run');
    expect(() => writeReport(path.join(folder, 'gone'), REGISTRIES)).toThrow('holds no run');
    writeRun({ files: { 'run.json': { format: 2, kind: 'weather' } } });
    expect(() => writeReport(folder, REGISTRIES)).toThrow("of kind 'weather', which has no report");
    const gate = 'stages/source/gate.json';
    const other = { ...GATE.examples[0]!, tokens: [0], predicted: [0] };
    writeRun({ files: { [gate]: { ...GATE, examples: [GATE.examples[0], other] } } });
    expect(collect).toThrow(/gate\.json: its examples are not sequences of nca/);
    // As gates were before there were verdicts.
    const old = { gate: { passed: true, control: false, heldOutLoss: 1 }, examples: [] };
    writeRun({ files: { [gate]: old } });
    expect(collect).toThrow(/gate\.json was written by an earlier gate/);
    writeFileSync(path.join(folder, gate), '{');
    expect(collect).toThrow(/gate\.json is not JSON/);
  });

  test('shows the command without what only this machine knows', () => {
    const command = ['main.js', 'train', 'my recipe.json', '--set', 'a=1'];
    writeRun({ files: { 'provenance.json': { command } } });
    expect(collect().command).toBe('primordia train "my recipe.json" --set a=1');
  });
});
