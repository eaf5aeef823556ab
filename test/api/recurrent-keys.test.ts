// Every key of a recurrent recipe changes something that can be observed: what reaches the learners, what lies on the
// disk. A key without an entry here, or without an effect, fails.

import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { nameArrays, smt } from '../../src/algorithms/index.ts';
import {
  flattenTree,
  initParams,
  isNdArray,
  keyFromSeed,
  type NdArray,
  type Tree,
} from '../../src/core/index.ts';
import { createRecurrent } from '../../src/nn/index.ts';
import {
  parseRecurrentRecipe,
  RECURRENT_STAGES,
  recurrentJsonSchema,
  startRecurrent,
} from '../../src/recurrent/index.ts';
import { deriveRecurrentConfig } from '../../src/recurrent/open-learners.ts';
import { saveRecurrent } from '../../src/recurrent/recurrent-checkpoint.ts';
import { mergeOverlays } from '../../src/run/load-recipe.ts';
import type { TokenBatch } from '../../src/text/index.ts';
import { writeStory, writeStoryRecords } from '../support/command-line.ts';
import {
  type Change,
  given,
  nest,
  type Overlay,
  rememberTraces,
  scheduleChanges,
  to,
  traceChange,
} from '../support/recipe-changes.ts';
import { listLeaves } from '../support/recipe-leaves.ts';
import { worldChanges } from '../support/world-changes.ts';

/** What the run under way has done, one entry an act. */
const seen = vi.hoisted(() => ({ acts: [] as unknown[] }));

const hashOf = (data: ArrayBufferView) =>
  createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex');
const hashBatch = ({ inputs, targets, weights }: TokenBatch) =>
  [inputs, targets, ...(weights ? [weights] : [])].map(hashOf);
const hashTree = (tree: unknown) =>
  flattenTree<NdArray>(tree as Tree<NdArray>, isNdArray).map(([name, { data }]) => [
    name,
    hashOf(data),
  ]);

// Neither the disk's caches nor the commit matter here, and both take time.
vi.mock('node:fs', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  fsyncSync: () => {},
}));
vi.mock('../../src/run/provenance.ts', () => ({ collectProvenance: () => ({}) }));

vi.mock('../../src/tensor/index.ts', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  openDevice: (options: unknown) => {
    seen.acts.push(['device', options]);
    const program = { run: async () => ({}), close: async () => {} };
    const state = { drop: async () => {} };
    return { compile: async () => program, createState: async () => state, close: async () => {} };
  },
}));

vi.mock('../../src/eval/index.ts', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  openGenerator: async () => ({
    generate: async (options: { readonly maxTokens: number }) => {
      seen.acts.push(['generate', options]);
      return new Int32Array(options.maxTokens);
    },
    close: async () => {},
  }),
}));

/** Stands for a learner; what it is opened with, and all it is asked for, is written down. */
const recordLearner = vi.hoisted(
  () =>
    (name: string, record: (tree: unknown) => unknown, hash: (batch: never) => unknown) =>
    async (
      _: unknown,
      options: { config: { memoryTokens: number; hiddenSize: number } },
      initial: { params: never; teacher?: never },
    ) => {
      seen.acts.push([name, options, record(initial.params)]);
      const { memoryTokens, hiddenSize } = options.config;
      const { initParams: begin } = await import('../../src/core/index.ts');
      const { nameArrays: named } = await import('../../src/algorithms/index.ts');
      const { createRecurrent: create, teacherSpecs } = await import('../../src/nn/index.ts');
      const arraysOf = (specs: unknown) => ({ arrays: named(begin(specs, [1, 1]) as never) });
      return {
        step: async (batch: never, { learningRate }: { learningRate: number }) => {
          seen.acts.push(['step', hash(batch), learningRate]);
          return { loss: 1, gradientNorm: 1 };
        },
        evaluate: async (batches: never[]) => {
          seen.acts.push(['measure', batches.map(hash)]);
          return { loss: 1, parts: {}, series: {} };
        },
        rollout: async (rows = 1) => ({
          start: async () => new Float32Array(rows * memoryTokens * hiddenSize),
          advance: async (memory: Float32Array, tokens: Int32Array) => {
            seen.acts.push(['advance', [...tokens]]);
            return memory;
          },
          judge: async () => ({
            losses: new Float32Array(rows),
            predictions: new BigInt64Array(rows),
          }),
          close: async () => {},
        }),
        finish: async () => ({
          teacher: arraysOf(teacherSpecs(options.config as never)),
          model: arraysOf(create(options.config as never).params),
        }),
        snapshot: async () => ({ params: {}, optimizer: {} }),
        close: async () => {},
      };
    },
);

vi.mock('../../src/recurrent/open-learners.ts', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  openSmtLearner: (...args: never[]) =>
    recordLearner('smt', hashTree, hashBatch)(...(args as unknown as [never, never, never])),
  openDmtLearner: (...args: never[]) =>
    recordLearner('dmt', hashTree, hashBatch)(...(args as unknown as [never, never, never])),
  openBpttLearner: (...args: never[]) =>
    recordLearner('bptt', hashTree, hashBatch)(...(args as unknown as [never, never, never])),
}));

let folder: string;
const at = (file: string) => path.join(folder, file);

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-recurrent-keys-'));
  writeStory(at('story.txt'), 20);
  writeStory(at('other.txt'), 30);
  writeStoryRecords(at('story'), readFileSync(at('story.txt'), 'utf8'));
  writeImages(at('images'), 1);
  writeImages(at('others'), 2);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Ten images of 4 by 4 pixels. */
function writeImages(file: string, step: number): void {
  const header = [0, 0, 8, 3, 0, 0, 0, 10, 0, 0, 0, 4, 0, 0, 0, 4];
  const pixels = Array.from({ length: 160 }, (_, i) => (i * i * step * 37) % 256);
  writeFileSync(file, Uint8Array.from([...header, ...pixels]));
}

const stage = { steps: 4, evaluateEvery: 2 };
const MODEL = { hiddenSize: 8, memoryTokens: 2, encoderLayers: 1, decoderLayers: 1, cellLayers: 1 };

const baseRecipe = (): Overlay => ({
  kind: 'recurrent',
  name: 'base',
  task: { kind: 'retrieval', symbols: 4 },
  contextLength: 8,
  batchSize: 2,
  heldOutSequences: 4,
  model: MODEL,
  smt: stage,
  dmt: { ...stage, every: 2 },
  rollout: { sequences: 2 },
  checkpoint: { everySteps: 2 },
});

let runs = 0;
const trace = rememberTraces(traceAnew);

/** Everything that a run of the base recipe with these changes does. */
async function traceAnew(...changes: readonly Overlay[]): Promise<string> {
  const recipe = parseRecurrentRecipe(changes.reduce(mergeOverlays, baseRecipe()), 'test');
  const directory = at(`run-${runs++}`);
  seen.acts = [];
  const summary = await startRecurrent(recipe, {
    directory,
    listener: (event) => {
      if (event.kind === 'checkpoint') seen.acts.push(['checkpoint', event.stage, event.step]);
    },
  });
  const checkpoints = path.join(directory, 'checkpoints');
  const kept = RECURRENT_STAGES.filter((name) => recipe[name]).map((name) =>
    readdirSync(path.join(checkpoints, name)),
  );
  const baselines = readFileSync(path.join(directory, 'baselines.json'), 'utf8');
  rmSync(directory, { recursive: true });
  return JSON.stringify([seen.acts, kept, baselines, summary.name, summary.seed]);
}

const training = (name: string): Record<string, Change> => ({
  [`${name}.steps`]: to(5),
  [`${name}.evaluateEvery`]: to(3),
  [`${name}.optimizer.learningRate`]: to(0.1),
  [`${name}.optimizer.betas`]: to([0.5, 0.95]),
  [`${name}.optimizer.epsilon`]: to(1e-3),
  [`${name}.optimizer.weightDecay`]: to(0.1),
  [`${name}.optimizer.decay`]: to('all'),
  [`${name}.optimizer.clipNorm`]: to(0),
  ...scheduleChanges(name),
});

const inBptt = (changes: Record<string, Change>): Record<string, Change> =>
  Object.fromEntries(
    Object.entries(changes).map(([key, { to: values, given: more }]) => [
      key,
      given(() => mergeOverlays(BPTT, more?.() ?? {}) as Overlay, ...values),
    ]),
  );

const BPTT: Overlay = { smt: null, dmt: null, bptt: stage };
const task = (overlay: Overlay) => () => ({ task: overlay, contextLength: 8 });
const textOf = (file: string) => ({
  task: { kind: 'characters', files: [at(file)] },
  contextLength: 8,
});
const text = () => textOf('story.txt');
const images = () => ({
  task: { kind: 'images', file: at('images') },
  contextLength: undefined,
});

/** A run of the base recipe's sizes, with other weights. */
function otherRun(): string {
  const config = deriveRecurrentConfig(MODEL, 6);
  const specs = smt.specs(createRecurrent(config), smt.options.parse({ encoderLayers: 1 }));
  const params = nameArrays(initParams(specs, keyFromSeed(9)));
  return saveRecurrent({
    contextLength: 8,
    ...{ directory: at('models'), stage: 'smt', step: 1, keepLast: 1, config },
    snapshot: { params, optimizer: {} },
  });
}

const CHANGES: Record<string, Change> = {
  name: to('other'),
  seed: to(1),
  'task.kind': to('copy', 'stack', 'parity'),
  'task(retrieval).symbols': to(5),
  'task(copy).symbols': given(task({ kind: 'copy' }), 5),
  'task(stack).symbols': given(task({ kind: 'stack' }), 5),
  'task(stack).maxDepth': given(task({ kind: 'stack' }), 2),
  'task(recall).keys': given(task({ kind: 'recall' }), 9),
  'task(recall).values': given(task({ kind: 'recall' }), 9),
  'task(modular).modulus': given(() => ({ task: { kind: 'modular' }, contextLength: 9 }), 5),
  'task(characters).files': {
    to: [],
    given: () => ({ ...text(), ...nest('task', { kind: 'characters', files: [at('other.txt')] }) }),
  },
  'task(characters).field': given(() => textOf('story.jsonl'), 'title'),
  'task(characters).column': given(() => textOf('story.csv'), 'title'),
  'task(characters).validationFraction': given(text, 0.4),
  'task(images).file': { to: [], given: images },
  'task(images).shrink': given(images, 2),
  'task(images).levels': given(images, 4),
  'task(images).validationFraction': given(images, 0.5),
  contextLength: to(9),
  batchSize: to(1),
  heldOutSequences: to(6),
  'model.memoryTokens': to(1),
  'model.hiddenSize': to(16),
  'model.intermediateSize': to(8),
  'model.heads': to(1),
  'model.encoder': to('bidirectional'),
  'model.encoderLayers': to(2),
  'model.decoderLayers': to(2),
  'model.cell': to('gru', 'lstm', 'mlp'),
  'model.cellLayers': to(2),
  'model.ropeBase': to(100),
  'model.rmsNormEpsilon': to(1e-3),
  'model.embeddingStd': to(0.1),
  'transfer.from': { to: [], given: () => nest('transfer.from', otherRun()) },
  ...training('smt'),
  'smt.weights.decode': to(2),
  'smt.weights.dynamics': to(2),
  'smt.weights.uniformity': to(2),
  'smt.supervision.positions': to('all', 3),
  'smt.supervision.contextLength': given(() => nest('model.encoder', 'bidirectional'), 4),
  'smt.supervision.futureLength': to(4),
  'smt.supervision.shortContexts': given(
    () => ({ dmt: null, ...nest('model.encoder', 'bidirectional') }),
    false,
  ),
  ...training('dmt'),
  'dmt.contextLength': to(6),
  'dmt.weights.memory': to(2),
  'dmt.weights.readout': to(2),
  'dmt.every': to(4),
  'dmt.gradientSteps': to(2),
  ...inBptt(training('bptt')),
  'bptt.truncation': given(() => BPTT, 3),
  'bptt.learnInitial': given(() => BPTT, false),
  'rollout.length': to(9),
  'rollout.sequences': to(3),
  'checkpoint.everySteps': to(4),
  'checkpoint.keepLast': to(1),
  'engine.target': to('webgpu', 'cuda'),
  'engine.threads': to(3),
};

/** The kind of the file itself, words for the reader of a report, and worlds, whose keys have a test of their own. */
const ELSEWHERE = [/^kind$/, /^description$/, /^task\(world\)\.world/];

describe('every key of a recurrent recipe', () => {
  test('is listed here', () => {
    const leaves = listLeaves(recurrentJsonSchema()).filter(
      (leaf) => !ELSEWHERE.some((pattern) => pattern.test(leaf)),
    );
    expect(leaves.sort()).toEqual(Object.keys(CHANGES).sort());
    expect(Object.keys(worldChanges('world')).length).toBeGreaterThan(10);
  });

  test('a trace depends on nothing else', async () => {
    expect(await traceAnew()).toBe(await traceAnew());
  });

  test.each(Object.entries(CHANGES))('%s changes what a run does', async (leaf, change) => {
    const found = await traceChange(leaf, change, trace);
    expect(new Set(found).size).toBe(found.length);
  });

  test('a world of the source stage is a task', async () => {
    const nca = { kind: 'nca', colors: 2, grid: 4, band: { kind: 'none' } };
    const world = (changes: Overlay): Overlay => ({
      task: { kind: 'world', world: { ...nca, ...changes } },
      contextLength: 11,
    });
    expect(await trace(world({}))).not.toBe(await trace(world({ colors: 3 })));
  });

  test('an unknown one is refused with the nearest', () => {
    const recipe = { ...baseRecipe(), dmt: { stepz: 3 } };
    expect(() => parseRecurrentRecipe(recipe, 'x')).toThrow("x: unknown key 'stepz' in dmt");
  });
});
