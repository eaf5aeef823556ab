import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gateResult } from '../../../test/support/gate-result.ts';
import type { GateResult } from '../../eval/index.ts';
import { planStudy } from './plan-study.ts';
import { runStudy } from './run-study.ts';
import { parseStudy } from './study-recipe.ts';
import { summarizeStudy } from './summarize-study.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'primordia-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const SOURCE = { steps: 5, batchSize: 2, contextLength: 10, accumulate: 1 };
const study = parseStudy(
  {
    name: 's',
    seeds: [0, 1, 2],
    base: { source: SOURCE, text: {}, requireGate: 'dynamics' },
    sources: { nca: {}, iid: {} },
    arms: { scratch: {}, nca: { from: 'nca' }, keys: { from: 'nca' }, iid: { from: 'iid' } },
    contrasts: [
      ['nca', 'keys'],
      ['nca', 'iid'],
    ],
  },
  's',
);
const near = (value: number) => expect.closeTo(value, 10);

/** Leaves a finished source there. */
function writeSource(name: string, seed: number, gate: Partial<GateResult>): void {
  write(`sources/${name}/seed-${seed}`, { name, gate: gateResult(gate), arms: [] });
}

/** Leaves a finished arm there, whose loss falls from `final + 1` to `final` in a straight line over 200 tokens. */
function writeArm(name: string, seed: number, final: number): void {
  const curve = [0, 100, 200].map((tokens) => [tokens, final + 1 - tokens / 200]);
  const arm = { name: `text ${name} seed ${seed}`, seed, textLoss: final, bitsPerByte: 2, curve };
  write(`arms/text/${name}/seed-${seed}`, { name, gate: null, arms: [arm] });
}

function write(id: string, summary: object): void {
  mkdirSync(path.join(directory, id), { recursive: true });
  const file = path.join(directory, id, 'summary.json');
  writeFileSync(file, JSON.stringify({ ...summary, seconds: 10 }));
}

function summarize() {
  const summary = summarizeStudy(study, planStudy(study, directory), directory);
  const arms = Object.fromEntries(summary.corpora[0]!.arms.map((arm) => [arm.name, arm]));
  return { summary, arms };
}

function writeEverything(): void {
  for (const seed of [0, 1, 2]) {
    writeSource('nca', seed, { verdict: 'dynamics' });
    writeSource('iid', seed, { verdict: seed === 1 ? 'statistics' : 'dynamics' });
    writeArm('scratch', seed, 2 + seed / 10);
    writeArm('nca', seed, 2 + seed / 10 - [0.03, 0.02, 0.04][seed]!);
    writeArm('keys', seed, 2 + seed / 10 + [0.1, -0.1, 0][seed]!);
    writeArm('iid', seed, 1);
  }
}

describe('summarizeStudy', () => {
  test('compares with the baseline by seed', () => {
    writeEverything();
    const { summary, arms } = summarize();
    expect(summary.runs).toEqual({ finished: 18, total: 18 });
    expect(summary.seconds).toBe(180);
    expect(arms.scratch).toMatchObject({
      from: null,
      gate: 'none',
      loss: near(2.1),
      spread: near(0.1),
      bitsPerByte: 2,
      difference: null,
      speedUp: null,
      gap: [],
    });
    // Differences −.03, −.02, −.04: mean −.03, standard error .01 / √3, t(2) = 4.3027.
    const { difference } = arms.nca!;
    expect(difference).toMatchObject({ mean: near(-0.03), pairs: 3 });
    expect(difference!.interval![0]).toBeCloseTo(-0.03 - (4.3027 * 0.01) / Math.sqrt(3), 5);
    expect(difference!.interval![1]).toBeCloseTo(-0.03 + (4.3027 * 0.01) / Math.sqrt(3), 5);
    // Differences .1, −.1, 0: their mean is zero.
    expect(arms.keys!.difference).toMatchObject({ mean: near(0), p: near(1), adjustedP: near(1) });
    expect(arms.nca!.gap.map(({ tokens, mean }) => [tokens, mean])).toEqual(
      [0, 100, 200].map((tokens) => [tokens, near(-0.03)]),
    );
  });

  test('adjusts p values for all comparisons there are', () => {
    writeEverything();
    const { summary, arms } = summarize();
    // nca and keys with scratch, nca with keys; none with iid, which has learned too little.
    expect(summary.comparisons).toBe(3);
    // t = −3 √3 = −5.196 with 2 degrees: p = 1 − t / √(2 + t²).
    const p = 1 - Math.sqrt(27) / Math.sqrt(29);
    expect(arms.nca!.difference!.p).toBeCloseTo(p, 10);
    expect(arms.nca!.difference!.adjustedP).toBeCloseTo(3 * p, 10);
    expect(summary.contrasts).toEqual([
      {
        corpus: 'text',
        arm: 'nca',
        against: 'keys',
        // −.13, .08, −.04
        difference: expect.objectContaining({ mean: near(-0.03), pairs: 3 }),
      },
      { corpus: 'text', arm: 'nca', against: 'iid', difference: null },
    ]);
  });

  test('measures the speed-up with and without the source’s tokens', () => {
    writeEverything();
    const { arms } = summarize();
    expect(arms.nca!.sourceTokens).toBe(5 * 2 * 10);
    // The line of nca is .03 lower, so it is there 200 · .03 tokens earlier.
    const speedUps = (extra: number) =>
      [0.03, 0.02, 0.04].map((gap) => 200 / (200 * (1 - gap) + extra));
    const average = (values: number[]) => values.reduce((sum, value) => sum + value) / 3;
    expect(arms.nca!.speedUp!.mean).toBeCloseTo(average(speedUps(0)), 10);
    expect(arms.nca!.speedUpWithSource!.mean).toBeCloseTo(average(speedUps(100)), 10);
    // Under one seed it never gets there.
    expect(arms.keys!.speedUp).toBeNull();
    expect(arms.scratch!.speedUpWithSource).toBeNull();
  });

  test('leaves an arm whose source falls short under one seed out of every mean', () => {
    writeEverything();
    const { iid } = summarize().arms;
    expect(iid).toMatchObject({
      gate: 'statistics',
      excluded: true,
      loss: null,
      spread: null,
      bitsPerByte: null,
      difference: null,
      speedUp: null,
      speedUpWithSource: null,
      gap: [],
    });
    expect(iid!.runs).toHaveLength(3);
  });

  test('asks nothing of a control', () => {
    writeEverything();
    for (const seed of study.seeds)
      writeSource('iid', seed, { verdict: 'statistics', control: true });
    const { arms, summary } = summarize();
    expect(arms.iid).toMatchObject({ gate: 'control', excluded: false, loss: 1 });
    expect(arms.iid!.difference!.mean).toBeCloseTo(-1.1, 10);
    expect(summary.comparisons).toBe(5);
  });

  test.each([
    ['nothing', 'statistics', true],
    ['statistics', 'statistics', false],
    ['statistics', undefined, false],
    ['nothing', undefined, false],
  ] as const)('%s where %s is required: excluded %s', (verdict, requireGate, excluded) => {
    for (const seed of study.seeds) writeSource('iid', seed, { verdict });
    writeArm('iid', 0, 1);
    const asking = { ...study, base: { ...study.base, requireGate } };
    const { corpora, sources } = summarizeStudy(asking, planStudy(asking, directory), directory);
    const arm = corpora[0]!.arms.find(({ name }) => name === 'iid')!;
    expect(arm).toMatchObject({ gate: verdict, excluded, loss: excluded ? null : 1 });
    expect(sources.find(({ name }) => name === 'iid')).toMatchObject({
      requireGate: requireGate ?? null,
      failed: excluded,
    });
  });

  test('compares with nothing where the baseline itself is left out', () => {
    writeEverything();
    const failing = { ...study, baseline: 'iid', contrasts: [] };
    const { corpora, comparisons } = summarizeStudy(
      failing,
      planStudy(failing, directory),
      directory,
    );
    expect(comparisons).toBe(0);
    expect(corpora[0]!.arms.every(({ difference }) => difference === null)).toBe(true);
  });

  describe.each([
    [
      'had no verdicts',
      { passed: true, control: false, heldOutLoss: 1, unigramLoss: 2, reasons: [] },
    ],
    ['did not say its predictors', { ...gateResult(), predictorsVersion: undefined }],
    ['had an earlier set of predictors', gateResult({ predictorsVersion: 1 })],
  ])('a source whose gate %s', (_, old) => {
    beforeEach(() => {
      writeEverything();
      write('sources/nca/seed-1', { name: 'nca', gate: old, arms: [] });
    });

    test('is not judged where nothing is required', () => {
      const { requireGate: _, ...base } = study.base;
      const lax = { ...study, base };
      const { sources, corpora } = summarizeStudy(lax, planStudy(lax, directory), directory);
      const nca = sources.filter(({ name }) => name === 'nca');
      expect(nca.map(({ superseded }) => superseded)).toEqual([false, true, false]);
      expect(nca[1]).toMatchObject({ gate: null, failed: false, finished: true });
      const arms = Object.fromEntries(corpora[0]!.arms.map((arm) => [arm.name, arm]));
      expect(arms.nca).toMatchObject({ gate: 'not judged', excluded: false, loss: near(2.07) });
      expect(arms.iid).toMatchObject({ gate: 'statistics', excluded: false });
    });

    test('is refused where its verdict decides, also before anything is run', async () => {
      const words =
        /seed-1.summary\.json was written by an earlier gate, which held the source against fewer/;
      expect(() => summarize()).toThrow(words);
      await expect(runStudy(study, { directory })).rejects.toThrow(words);
    });

    test('of a control is not refused: nothing is asked of it', () => {
      writeSource('nca', 1, { verdict: 'dynamics' });
      write('sources/iid/seed-1', { name: 'iid', gate: { ...old, control: true }, arms: [] });
      const { summary, arms } = summarize();
      const iid = summary.sources.filter(({ name, seed }) => name === 'iid' && seed === 1);
      expect(iid).toMatchObject([{ superseded: true, failed: false }]);
      expect(arms.iid).toMatchObject({ excluded: false });
    });
  });

  test('takes what there is while runs are missing', () => {
    writeSource('nca', 0, { verdict: 'dynamics' });
    writeArm('scratch', 0, 2);
    writeArm('scratch', 1, 2.2);
    writeArm('nca', 1, 2.1);
    const { summary, arms } = summarize();
    expect(summary.runs).toEqual({ finished: 4, total: 18 });
    expect(arms.nca!.difference).toEqual({
      mean: near(-0.1),
      interval: null,
      pairs: 1,
      p: null,
      adjustedP: null,
    });
    expect(arms.keys).toMatchObject({ runs: [], loss: null, difference: null });
    expect(
      summary.sources.map(({ name, seed, finished }) => [name, seed, finished]),
    ).toContainEqual(['nca', 1, false]);
    expect(summary.comparisons).toBe(0);
  });
});
