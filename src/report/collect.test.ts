import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gateResult } from '../../test/support/gate-result.ts';
import type { GateRecord } from '../run/index.ts';
import { collectReport, writeReport } from './collect.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-collect-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const WORLD = { kind: 'nca', colors: 2, grid: 4, band: { kind: 'none' } };
const RECIPE = { name: 'tiny', seed: 4, source: { world: WORLD, contextLength: 23 }, text: {} };
const INFO = {
  corpus: 'x',
  trainDocuments: 1,
  validationDocuments: 1,
  trainBytes: 100,
  validationBytes: 50,
  trainTokens: 40,
  validationTokens: 20,
};

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

/** Writes what a run has written so far. */
function writeRun(
  directory: string,
  parts: { metrics?: object[]; gate?: object; summary?: object; info?: object; recipe?: object },
): void {
  mkdirSync(path.join(directory, 'text'), { recursive: true });
  const write = (file: string, value: unknown) =>
    value && writeFileSync(path.join(directory, file), JSON.stringify(value));
  write('recipe.json', parts.recipe ?? RECIPE);
  write('gate.json', parts.gate);
  write('summary.json', parts.summary);
  write('text/info.json', parts.info);
  const rows = (parts.metrics ?? []).map((row) => `${JSON.stringify(row)}\n`);
  writeFileSync(path.join(directory, 'metrics.jsonl'), rows.join(''));
}

const METRICS = [
  { stage: 'source', step: 0, tokens: 0, heldOutLoss: 4 },
  { stage: 'source', step: 1, tokens: 92, loss: 3 },
  { stage: 'text', step: 0, tokens: 0, heldOutLoss: 5 },
  { stage: 'text', step: 1, tokens: 32, loss: 4.5 },
  { stage: 'text', step: 1, tokens: 32, heldOutLoss: 4 },
];

describe('collectReport', () => {
  test('of a finished run has its curves, its loss in both units, and its gate', () => {
    writeRun(folder, { metrics: METRICS, gate: GATE, summary: { seconds: 12 }, info: INFO });
    const { title, seconds, arms, sources, sentence } = collectReport(folder);
    const [source] = sources;
    expect([title, seconds]).toEqual(['tiny', 12]);
    expect(arms).toEqual([
      {
        name: 'tiny',
        seed: 4,
        textLoss: 4,
        bitsPerByte: (4 * 20) / (Math.LN2 * 50),
        curve: [
          [0, 5],
          [32, 4],
        ],
        trainCurve: [[32, 4.5]],
      },
    ]);
    expect(source?.gate).toEqual(GATE.gate);
    expect(source?.curve).toEqual([[0, 4]]);
    expect(source?.trainCurve).toEqual([[92, 3]]);
    expect(source?.world).toBe('nca: 2 colors, 4×4 cells');
    expect(sentence).toContain('A single run');
  });

  test('draws what happened, what was predicted, and where they differ', () => {
    writeRun(folder, { gate: GATE, info: INFO });
    const rows = collectReport(folder).sources[0]!.frames!.rows;
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

  test.each<[string, Parameters<typeof writeRun>[1], number]>([
    ['killed before its text was ready', {}, 1],
    ['killed in the source stage', { metrics: METRICS.slice(0, 2), info: INFO }, 1],
    ['killed in the text stage', { metrics: METRICS, gate: GATE, info: INFO }, 1],
    ['with a source stage only', { recipe: { ...RECIPE, text: undefined }, gate: GATE }, 0],
  ])('of a run %s has what there is', (_, parts, armCount) => {
    writeRun(folder, parts);
    const data = collectReport(folder);
    expect(data.arms).toHaveLength(armCount);
    expect(data.arms.every(({ textLoss }) => textLoss === null)).toBe(true);
    expect(data.seconds).toBeNull();
    const report = writeReport(folder);
    expect(readFileSync(report, 'utf8')).toContain('<svg');
  });

  test('of a comparison has the arms that have begun', () => {
    const arm = (name: string) => ({ name, recipe: { ...RECIPE, name: 'quickstart' } });
    const arms = { name: 'both', arms: [arm('nca'), arm('scratch')] };
    writeFileSync(path.join(folder, 'arms.json'), JSON.stringify(arms));
    expect(collectReport(folder).arms).toEqual([]);
    const done = { metrics: METRICS, info: INFO, summary: { seconds: 1 } };
    writeRun(path.join(folder, 'nca'), { ...done, gate: GATE });
    expect(collectReport(folder).arms.map(({ name }) => name)).toEqual(['nca']);
    writeRun(path.join(folder, 'scratch'), { ...done, recipe: { ...RECIPE, source: undefined } });
    const data = collectReport(folder);
    expect(data.title).toBe('both');
    expect(data.arms.map(({ name, textLoss }) => [name, textLoss])).toEqual([
      ['nca', 4],
      ['scratch', 4],
    ]);
    expect(data.sources.map(({ name, gate }) => [name, gate.verdict])).toEqual([
      ['nca', 'dynamics'],
    ]);
    expect(data.sentence).toMatch(
      /^The arm nca, whose source has learned the dynamics of its world, ends level with scratch\. One seed/,
    );
  });

  test('of what is no run, or a broken one, is refused by name', () => {
    expect(() => collectReport(folder)).toThrow('holds no run');
    expect(() => collectReport(path.join(folder, 'gone'))).toThrow('holds no run');
    writeRun(folder, { info: INFO });
    writeFileSync(path.join(folder, 'gate.json'), '{');
    expect(() => collectReport(folder)).toThrow(/gate\.json is not JSON/);
    // As gates were before there were verdicts.
    const old = { gate: { passed: true, control: false, heldOutLoss: 1 }, examples: [] };
    writeFileSync(path.join(folder, 'gate.json'), JSON.stringify(old));
    expect(() => collectReport(folder)).toThrow(/gate\.json was written by an earlier gate/);
  });

  test('shows the command without what only this machine knows', () => {
    writeRun(folder, { info: INFO });
    const command = ['main.js', 'train', 'my recipe.json', '--set', 'a=1'];
    writeFileSync(path.join(folder, 'provenance.json'), JSON.stringify({ command }));
    expect(collectReport(folder).command).toBe('primordia train "my recipe.json" --set a=1');
  });
});
