import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StepMetrics } from '../algorithms/index.ts';
import { scheduleFactor } from '../optim/index.ts';
import { type RunEvent, RunStopped } from '../run/events.ts';
import { MetricsWriter, readMetrics } from '../run/metrics.ts';
import type { TokenBatch } from '../text/index.ts';
import { runStage, type Stage } from './run-stage.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-stage-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Fake = {
  readonly first?: number;
  readonly steps?: number;
  readonly signal?: AbortSignal;
  readonly step?: (step: number) => StepMetrics | Promise<StepMetrics>;
  readonly batch?: (step: number) => void;
  readonly heldOut?: (call: number) => number;
  readonly onEvent?: (event: RunEvent) => void;
};

/** Runs a stage of a learner that only counts; everything it did, in order. */
async function run(fake: Fake = {}) {
  const acts: string[] = [];
  const events: RunEvent[] = [];
  const rates: number[] = [];
  let evaluations = 0;
  const steps = fake.steps ?? 7;
  const stage: Stage = {
    name: 'text',
    steps,
    evaluateEvery: 3,
    learningRate: 0.5,
    schedule: { kind: 'cosine', warmup: 0.3, final: 0.1 },
    tokensPerStep: 10,
    batch: (step) => {
      acts.push(`batch ${step}`);
      fake.batch?.(step);
      return { inputs: Int32Array.of(step), targets: Int32Array.of(step) };
    },
    heldOut: [],
    learner: {
      step: async (batch: TokenBatch, { step, learningRate }) => {
        expect(batch.inputs[0]).toBe(step);
        rates.push(learningRate);
        acts.push(`step ${step}`);
        return fake.step?.(step) ?? { loss: 1, gradientNorm: 2 };
      },
      evaluate: async () => {
        acts.push('evaluate');
        return { loss: fake.heldOut?.(evaluations++) ?? 1.5 };
      },
    },
  };
  const file = path.join(folder, 'metrics.jsonl');
  const metrics = new MetricsWriter(file);
  const notes: string[] = [];
  const ended = runStage(stage, fake.first ?? 0, {
    arm: 'arm',
    directory: folder,
    metrics,
    listener: (event) => {
      events.push(event);
      fake.onEvent?.(event);
    },
    signal: fake.signal ?? new AbortController().signal,
    checkpointEvery: 2,
    note: (at) => {
      notes.push(at);
    },
    save: async (step) => {
      acts.push(`save ${step}`);
    },
    elapsedSeconds: () => 3,
  });
  const error = await ended.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  metrics.close();
  return { acts, events, rates, notes, error, rows: readMetrics(file) };
}

const saves = (acts: readonly string[]) => acts.filter((act) => act.startsWith('save'));

describe('runStage', () => {
  test('evaluates at first, in between and at last, and saves as often as asked', async () => {
    const { acts, rows, notes, error } = await run();
    expect(error).toBeUndefined();
    expect(notes).toEqual([1, 2, 3, 4, 5, 6, 7].map((step) => `stage 'text', step ${step}`));
    expect(acts.filter((act) => !act.startsWith('batch'))).toEqual([
      'evaluate',
      'step 0',
      'step 1',
      'save 2',
      'step 2',
      'evaluate',
      'step 3',
      'save 4',
      'step 4',
      'step 5',
      'evaluate',
      'save 6',
      'step 6',
      'evaluate',
      'save 7',
    ]);
    const heldOut = rows.filter((row) => 'heldOutLoss' in row);
    expect(heldOut.map(({ step, tokens }) => [step, tokens])).toEqual([
      [0, 0],
      [3, 30],
      [6, 60],
      [7, 70],
    ]);
    const trained = rows.filter((row) => 'loss' in row);
    expect(trained.map(({ step, tokens }) => [step, tokens])).toEqual(
      Array.from({ length: 7 }, (_, i) => [i + 1, 10 * (i + 1)]),
    );
    expect(trained[0]).toMatchObject({
      stage: 'text',
      loss: 1,
      gradientNorm: 2,
      elapsedSeconds: 3,
    });
  });

  test('gives each step its batch once, and the rate of the schedule', async () => {
    const { acts, rates, rows } = await run();
    const batches = acts.filter((act) => act.startsWith('batch'));
    expect(batches).toEqual(Array.from({ length: 7 }, (_, i) => `batch ${i}`));
    const schedule = { kind: 'cosine', warmup: 0.3, final: 0.1 } as const;
    expect(rates).toEqual(rates.map((_, step) => 0.5 * scheduleFactor(schedule, step, 7)));
    expect(rates.at(-1)).toBeCloseTo(0.05, 12);
    expect(rows.flatMap(({ learningRate }) => learningRate ?? [])).toEqual(rates);
  });

  test('goes on from a step as if it had not stopped', async () => {
    const whole = await run();
    const rest = await run({ first: 4 });
    const tail = whole.acts.slice(whole.acts.indexOf('save 4') + 1);
    expect(rest.acts.filter((act) => act !== 'batch 4')).toEqual(tail);
    expect(rest.rates).toEqual(whole.rates.slice(4));
    const over = await run({ first: 7 });
    expect(over.acts).toEqual([]);
  });

  test('tells of the last step, whatever the pace', async () => {
    const { events } = await run();
    const last = events.findLast(({ kind }) => kind === 'step');
    expect(last).toMatchObject({ arm: 'arm', step: 7, steps: 7, etaSeconds: 0 });
  });

  test('ends with the error of a batch, also where the step under way fails after it', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    try {
      const { error } = await run({
        batch: (step) => {
          if (step === 3) throw new Error('no batch');
        },
        step: async (step) => {
          if (step === 2) {
            await new Promise((resolve) => setTimeout(resolve, 5));
            throw new Error('the device is closed');
          }
          return { loss: 1, gradientNorm: 2 };
        },
      });
      expect(error).toEqual(new Error('no batch'));
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(unhandled).toEqual([]);
    } finally {
      process.off('unhandledRejection', note);
    }
  });

  test('saves and stops after the step under way when asked to', async () => {
    const controller = new AbortController();
    const { acts, error } = await run({
      signal: controller.signal,
      step: (step) => {
        if (step === 2) controller.abort();
        return { loss: 1, gradientNorm: 1 };
      },
    });
    expect(error).toBeInstanceOf(RunStopped);
    expect(acts.slice(-2)).toEqual(['evaluate', 'save 3']);
  });

  test('that is asked to stop in its last step is done, not stopped', async () => {
    const controller = new AbortController();
    const { error, acts } = await run({
      signal: controller.signal,
      step: (step) => {
        if (step === 6) controller.abort();
        return { loss: 1, gradientNorm: 1 };
      },
    });
    expect(error).toBeUndefined();
    expect(acts.at(-1)).toBe('save 7');
  });

  test.each<[string, Fake]>([
    ['loss', { step: (step) => ({ loss: step === 3 ? Number.NaN : 1, gradientNorm: 1 }) }],
    ['gradient', { step: (step) => ({ loss: 1, gradientNorm: step === 3 ? Infinity : 1 }) }],
  ])('a %s that is not finite ends it before anything good is replaced', async (_, fake) => {
    const { acts, error, rows } = await run(fake);
    expect(error).toMatchObject({
      name: 'UserError',
      message: expect.stringContaining("stage 'text' diverged"),
      hint: expect.stringContaining('text.optimizer.learningRate'),
    });
    expect(saves(acts)).toEqual(['save 2']);
    expect(rows.at(-1)).toMatchObject({ step: 4 });
  });

  test('a held-out loss that is not a number ends it too', async () => {
    const { acts, error } = await run({ heldOut: (call) => (call === 2 ? Number.NaN : 1) });
    expect(String(error)).toContain('diverged');
    expect(saves(acts)).toEqual(['save 2', 'save 4']);
  });
});
