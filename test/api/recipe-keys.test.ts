// Every key that a recipe may have changes something that can be observed: the programs that are compiled, what they are
// run on, what lies on the disk. A key without an entry here, or without an effect, fails.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { initParams, keyFromSeed, UserError } from '../../src/core/index.ts';
import { createModel, describeModel, MODELS, namedTensors } from '../../src/nn/index.ts';
import { defineOptimizer } from '../../src/optim/index.ts';
import { buildTrainingReport, collectTrainingReport } from '../../src/report/index.ts';
import type { RunEvent } from '../../src/run/events.ts';
import { mergeOverlays } from '../../src/run/load-recipe.ts';
import { saveModel } from '../../src/run/model-files.ts';
import { createBpeTokenizer, createByteTokenizer, trainBpe } from '../../src/text/index.ts';
import {
  parseRecipe,
  REGISTRIES,
  recipeJsonSchema,
  startTraining,
} from '../../src/training/index.ts';
import { writeStory, writeStoryRecords } from '../support/command-line.ts';
import { makeSmallDataset } from '../support/datasets.ts';
import {
  type Change,
  given,
  inStage,
  nest,
  type Overlay,
  rememberTraces,
  scheduleChanges,
  to,
  traceChange,
} from '../support/recipe-changes.ts';
import { listLeaves } from '../support/recipe-leaves.ts';
import { SMALL_NCA, worldChanges } from '../support/world-changes.ts';

/** What the run under way has done, one entry an act. */
const seen = vi.hoisted(() => ({ acts: [] as (readonly unknown[])[] }));

// Neither the disk's caches nor the commit matter here, and both take time.
vi.mock('node:fs', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  fsyncSync: () => {},
}));
vi.mock('../../src/run/provenance.ts', () => ({
  collectProvenance: () => ({}),
  readProvenance: () => ({}),
  recordData: () => {},
}));
vi.mock('../../src/tensor/index.ts', async (importOriginal) => {
  const { openRecordingDevice } = await import('../support/recording-device.ts');
  return {
    ...(await importOriginal<object>()),
    // Losses of 100 are more than any predictor's: the model has learned nothing.
    openDevice: (options: object) =>
      openRecordingDevice(options, (act) => seen.acts.push(act), 100),
  };
});

let folder: string;
const at = (file: string) => path.join(folder, file);
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-keys-'));
  writeStory(at('story.txt'), 150);
  writeStory(at('other.txt'), 140);
  const story = readFileSync(at('story.txt'), 'utf8');
  writeStoryRecords(at('story'), story);
  writeFileSync(at('byte.json'), JSON.stringify(createByteTokenizer().toJson()));
  const bpe = createBpeTokenizer(trainBpe([story], { vocabSize: 265 }));
  writeFileSync(at('bpe.json'), JSON.stringify(bpe.toJson()));
  await makeSmallDataset(at('data'));
  const ids = (first: number) => Uint8Array.from({ length: 900 }, (_, i) => (first + i * i) % 250);
  writeFileSync(at('a.bin'), ids(0));
  writeFileSync(at('b.bin'), ids(1));
  const rows = Array.from({ length: 30 }, (_, i) => {
    const tokens = [...ids(7 * i).subarray(0, 30)];
    return JSON.stringify({ tokens, other: tokens.toReversed() });
  });
  writeFileSync(at('fields.jsonl'), rows.join('\n'));
  writeImages(at('images'), 1);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Ten images of 4 by 4 pixels. */
function writeImages(file: string, step: number): void {
  const header = [0, 0, 8, 3, 0, 0, 0, 10, 0, 0, 0, 4, 0, 0, 0, 4];
  const pixels = Array.from({ length: 160 }, (_, i) => (i * i * step * 37) % 256);
  writeFileSync(file, Uint8Array.from([...header, ...pixels]));
}

const STEPS = { steps: 6, evaluateEvery: 2 };
const SCALE = { hiddenSize: 8, heads: 2 };

const baseRecipe = (): Overlay => ({
  name: 'base',
  model: { kind: 'llama', ...SCALE },
  contextLength: 23,
  batchSize: 2,
  heldOutSequences: 4,
  stages: {
    source: { ...STEPS, data: { kind: 'nca', ...SMALL_NCA } },
    text: {
      ...STEPS,
      data: { kind: 'text', corpus: { files: [at('story.jsonl')] }, evaluationTokens: 64 },
      contextLength: 16,
      start: { keep: { modules: ['attention'] } },
    },
  },
  checkpoint: { everySteps: 2 },
});

const MEMORY = { ...SCALE, memoryTokens: 2, decoderLayers: 1 };
const TRANSFORMER = { kind: 'recurrent-transformer', ...MEMORY, cellLayers: 1 };

/** The base recipe with a recurrent model on a task, in stages of its own. */
const recurrent = (stages: Overlay, model: Overlay = TRANSFORMER): Overlay => ({
  model,
  data: { kind: 'retrieval', symbols: 4 },
  contextLength: 8,
  stages: { source: null, text: null, ...stages },
  rollout: { sequences: 2 },
});
const unrolled = (model?: Overlay) => recurrent({ bptt: STEPS }, model);
const SMT = { ...STEPS, steps: 4, algorithm: { kind: 'smt', encoderLayers: 1 } };
const taught = () =>
  recurrent({
    smt: SMT,
    dmt: {
      ...SMT,
      algorithm: { kind: 'dmt', every: 2 },
      start: { keep: 'all' },
    },
  });

/** Another optimizer, so that there is a choice. */
const sgd = defineOptimizer({
  kind: 'sgd',
  source: 'none',
  description: 'Plain gradients.',
  options: REGISTRIES.optimizers.adamw!.options,
  create: () => ({
    kind: 'sgd',
    slots: () => ({}),
    scalars: () => ({}),
    update: (params) => params.map(({ value, slots }) => ({ value, slots })),
  }),
});
const registries = { ...REGISTRIES, optimizers: { ...REGISTRIES.optimizers, sgd } };

let runs = 0;
const trace = rememberTraces(traceAnew);

/** Everything that a run of the base recipe with these changes does. */
async function traceAnew(...changes: readonly Overlay[]): Promise<string> {
  const recipe = parseRecipe(changes.reduce(mergeOverlays, baseRecipe()), 'test', registries);
  const directory = at(`run-${runs++}`);
  seen.acts = [];
  const listener = (event: RunEvent) => {
    if (event.kind === 'checkpoint') seen.acts.push(['checkpoint', event.stage, event.step]);
  };
  const options = { directory, registries, listener };
  const summary = await startTraining(recipe, options).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    return { refused: error.message.replaceAll(directory, '') };
  });
  const files = listFiles(directory);
  rmSync(directory, { recursive: true, force: true });
  return JSON.stringify([seen.acts, files, summary], (key, value) =>
    key === 'seconds' || key === 'stepMs' ? 0 : value,
  );
}

/** Files of a run: all by name, and the contents of what says what a model and a text are. */
function listFiles(directory: string): string[] {
  if (!existsSync(directory)) return [];
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
  return names.map((name) =>
    /(?<!tokenizer\.)config\.json$|info\.json$|baselines\.json$/.test(name)
      ? `${name}: ${readFileSync(path.join(directory, name), 'utf8')}`
      : name,
  );
}

/** Folder of a model with other weights than any that a trace begins with. */
function modelFolder(): string {
  const sizes = { vocabSize: 5, contextLength: 16 };
  const model = describeModel(MODELS, 'llama', SCALE, sizes);
  const { params } = createModel(MODELS, 'llama', SCALE, sizes);
  saveModel(at('model'), MODELS, {
    ...{ model, tokenizer: undefined },
    params: namedTensors(initParams(params, keyFromSeed(9))),
  });
  return at('model');
}

const inSource = (data: Overlay, others: Overlay = {}): Overlay => ({
  ...others,
  stages: { source: { data } },
});
const task =
  (kind: string, contextLength = 8) =>
  () =>
    inSource({ kind }, { contextLength });
const ropeScaling = (overlay: Overlay) => () => nest('model.ropeScaling', overlay);
const tokenizer = (overlay: Overlay) => () => nest('stages.text.data.tokenizer', overlay);
const characters = (file: string) => () =>
  inSource({ kind: 'characters', files: [at(file)] }, { contextLength: 8 });
const images = () => inSource({ kind: 'images', file: at('images') }, { contextLength: null });

/** Files of tokens from elsewhere as the source. */
const ownFiles = (options: Overlay): Overlay =>
  inSource({
    ...{ kind: 'dataset', files: [at('a.bin')], vocabSize: 256, dtype: 'uint8' },
    ...options,
  });

/** Options that all models with a memory have. */
const memoryChanges = (kind: string): Record<string, Change> =>
  Object.fromEntries(
    Object.entries({
      memoryTokens: 4,
      hiddenSize: 16,
      intermediateSize: 8,
      heads: 1,
      decoderLayers: 2,
      ropeBase: 100,
      rmsNormEpsilon: 1e-3,
      embeddingStd: 0.1,
    }).map(([key, value]) => [
      `model(${kind}).${key}`,
      given(() => unrolled(kind === TRANSFORMER.kind ? TRANSFORMER : { kind, ...MEMORY }), value),
    ]),
  );

const minGru = () => unrolled({ kind: 'min-gru', hiddenSize: 8, layers: 1 });

const MODEL_CHANGES: Record<string, Change> = {
  'model.kind': given(() => unrolled(), 'gru', 'lstm', 'min-gru', 'llama'),
  'model(llama).size': to('micro'),
  'model(llama).hiddenSize': to(16),
  'model(llama).intermediateSize': to(16),
  'model(llama).layers': to(1),
  'model(llama).heads': to(1),
  'model(llama).kvHeads': to(1),
  'model(llama).headDim': to(8),
  'model(llama).attentionBias': to('qkv', 'qkvo'),
  'model(llama).mlpBias': to(true),
  'model(llama).ropeBase': to(100),
  'model(llama).ropeScaling.kind': given(ropeScaling({ kind: 'linear', factor: 2 }), 'llama3'),
  'model(llama).ropeScaling(linear).factor': given(ropeScaling({ kind: 'linear', factor: 2 }), 4),
  'model(llama).ropeScaling(llama3).factor': given(ropeScaling({ kind: 'llama3' }), 4),
  'model(llama).ropeScaling(llama3).lowFreqFactor': given(ropeScaling({ kind: 'llama3' }), 2),
  'model(llama).ropeScaling(llama3).highFreqFactor': given(ropeScaling({ kind: 'llama3' }), 2),
  'model(llama).ropeScaling(llama3).originalContextLength': given(
    ropeScaling({ kind: 'llama3' }),
    16,
  ),
  'model(llama).rmsNormEpsilon': to(1e-3),
  'model(llama).tieEmbeddings': to(true),
  'model(llama).attentionDropout': to(0.1),
  'model(llama).embeddingStd': to(0.5),
  'model(llama).modelType': to('mistral'),
  ...memoryChanges('gru'),
  ...memoryChanges('lstm'),
  ...memoryChanges('recurrent-mlp'),
  ...memoryChanges('recurrent-transformer'),
  'model(recurrent-transformer).cellLayers': given(() => unrolled(), 2),
  'model(min-gru).hiddenSize': given(minGru, 16),
  'model(min-gru).intermediateSize': given(minGru, 8),
  'model(min-gru).layers': given(minGru, 2),
  'model(min-gru).embeddingStd': given(minGru, 0.1),
};

const DATA_CHANGES: Record<string, Change> = {
  ...worldChanges('stages.*.data', 'stages.source.data'),
  'stages.*.data(copy).symbols': given(task('copy'), 5),
  'stages.*.data(stack).symbols': given(task('stack'), 5),
  'stages.*.data(stack).maxDepth': given(task('stack'), 2),
  'stages.*.data(recall).keys': given(task('recall'), 9),
  'stages.*.data(recall).values': given(task('recall'), 9),
  'stages.*.data(selective-copy).symbols': given(task('selective-copy'), 5),
  'stages.*.data(selective-copy).items': given(task('selective-copy'), 2),
  'stages.*.data(retrieval).symbols': given(task('retrieval'), 5),
  'stages.*.data(modular).modulus': given(task('modular', 9), 5),
  'stages.*.data(characters).files': {
    // The folder comes with the test.
    get to() {
      return [[at('other.txt')]];
    },
    given: characters('story.txt'),
  },
  'stages.*.data(characters).field': given(characters('story.jsonl'), 'title'),
  'stages.*.data(characters).column': given(characters('story.csv'), 'title'),
  'stages.*.data(characters).validationFraction': given(characters('story.txt'), 0.4),
  'stages.*.data(images).file': { to: [], given: images },
  'stages.*.data(images).shrink': given(images, 2),
  'stages.*.data(images).levels': given(images, 4),
  'stages.*.data(images).validationFraction': given(images, 0.5),
  'stages.*.data(dataset).path': {
    to: [],
    given: () => inSource({ kind: 'dataset', path: at('data') }),
  },
  'stages.*.data(dataset).files': {
    get to() {
      return [[at('b.bin')]];
    },
    given: () => ownFiles({}),
  },
  'stages.*.data(dataset).vocabSize': given(() => ownFiles({}), 300),
  'stages.*.data(dataset).contextLength': given(
    () => ({ ...ownFiles({ contextLength: 20 }), contextLength: null }),
    10,
  ),
  'stages.*.data(dataset).dtype': given(() => ownFiles({ vocabSize: 65_536 }), 'uint16'),
  'stages.*.data(dataset).field': given(() => ownFiles({ files: [at('fields.jsonl')] }), 'other'),
  'stages.*.data(dataset).rows': given(() => ownFiles({ files: [at('fields.jsonl')] }), 'joined'),
  ...inStage('text', {
    'stages.*.data(text).corpus.files': {
      to: [],
      given: () => nest('stages.text.data.corpus.files', [at('other.txt')]),
    },
    'stages.*.data(text).corpus.field': to('title'),
    'stages.*.data(text).corpus.column': given(
      () => nest('stages.text.data.corpus.files', [at('story.csv')]),
      'title',
    ),
    'stages.*.data(text).tokenizer.kind': to('bpe'),
    'stages.*.data(text).tokenizer(bpe).vocabSize': given(
      tokenizer({ kind: 'bpe', vocabSize: 258 }),
      262,
    ),
    'stages.*.data(text).tokenizer(file).path': {
      to: [],
      given: () => nest('stages.text.data.tokenizer', { kind: 'file', path: at('bpe.json') }),
    },
    'stages.*.data(text).validationFraction': to(0.4),
    'stages.*.data(text).evaluationTokens': to(128),
    'stages.*.data(text).skipBatches': to(3),
    'stages.*.data(text).order': to('stream'),
  }),
};

const evolution = () => nest('stages.source.algorithm', { kind: 'evolution' });

const ALGORITHM_CHANGES: Record<string, Change> = {
  'stages.*.algorithm(evolution).pairs': given(evolution, 3),
  'stages.*.algorithm(evolution).sigma': given(evolution, 0.5),
  'stages.*.algorithm.kind': { ...given(() => recurrent({ one: STEPS }), 'smt'), stage: 'one' },
  ...inStage('bptt', {
    'stages.*.algorithm(next-token).truncate': given(() => unrolled(), 3),
    'stages.*.algorithm(next-token).learnInitial': given(() => unrolled(), false),
  }),
  ...inStage('smt', {
    'stages.*.algorithm(smt).encoder': given(() => recurrent({ smt: SMT }), 'bidirectional'),
    'stages.*.algorithm(smt).encoderLayers': given(taught, 2),
    'stages.*.algorithm(smt).supervision.positions': given(taught, 'all', 3),
    'stages.*.algorithm(smt).supervision.contextLength': given(
      () => mergeOverlays(recurrent({ smt: SMT }), bidirectional()) as Overlay,
      4,
    ),
    'stages.*.algorithm(smt).supervision.futureLength': given(taught, 4),
    'stages.*.algorithm(smt).supervision.shortContexts': given(
      () => mergeOverlays(recurrent({ smt: SMT }), bidirectional()) as Overlay,
      false,
    ),
    'stages.*.algorithm(smt).weights.decode': given(taught, 2),
    'stages.*.algorithm(smt).weights.dynamics': given(taught, 2),
    'stages.*.algorithm(smt).weights.uniformity': given(taught, 2),
  }),
  ...inStage('dmt', {
    'stages.*.algorithm(dmt).weights.memory': given(taught, 2),
    'stages.*.algorithm(dmt).weights.readout': given(taught, 2),
    'stages.*.algorithm(dmt).every': given(taught, 4),
    'stages.*.algorithm(dmt).gradientSteps': given(taught, 2),
  }),
};
const bidirectional = () => nest('stages.smt.algorithm.encoder', 'bidirectional');

const STAGE_CHANGES: Record<string, Change> = {
  'stages.*.contextLength': to(20),
  'stages.*.batchSize': to(1),
  'stages.*.accumulate': to(2),
  'stages.*.heldOutSequences': to(6),
  'stages.*.stream': to('other'),
  'stages.*.steps': to(5),
  'stages.*.evaluateEvery': to(3),
  'stages.*.optimizer.kind': to('sgd'),
  'stages.*.optimizer(adamw).learningRate': to(0.1),
  'stages.*.optimizer(adamw).betas': to([0.5, 0.95], [0.9, 0.5]),
  'stages.*.optimizer(adamw).epsilon': to(1e-3),
  'stages.*.optimizer(adamw).weightDecay': to(0.1),
  'stages.*.optimizer(adamw).decay': given(
    () => nest('stages.source.optimizer.weightDecay', 0.1),
    'all',
  ),
  'stages.*.optimizer(adamw).clipNorm': to(0),
  ...scheduleChanges('stages.*.optimizer(adamw).schedule', 'stages.source.optimizer.schedule'),
  ...inStage('text', {
    'stages.*.start.from': { to: [], given: () => nest('stages.text.start.from', modelFolder()) },
    'stages.*.start.keep': to('all', 'body'),
    'stages.*.start.keep.modules': to(['mlp']),
    'stages.*.start.keep.layers': to([0, 0]),
    'stages.*.start.freeze.modules': given(
      () => nest('stages.text.start.freeze.modules', []),
      ['key'],
    ),
    'stages.*.start.freeze.layers': given(
      () => nest('stages.text.start.freeze.modules', ['key']),
      [0, 0],
    ),
    'stages.*.start.embeddingStd': to(1, 0.5, 'model'),
    'stages.*.start.weights': to('permuted', 'rotated'),
    'stages.*.requireGate': to('statistics', 'dynamics'),
  }),
};

const CHANGES: Record<string, Change> = {
  name: to('other'),
  seed: to(1),
  ...MODEL_CHANGES,
  contextLength: to(20),
  batchSize: to(1),
  accumulate: to(2),
  heldOutSequences: to(6),
  ...DATA_CHANGES,
  ...ALGORITHM_CHANGES,
  ...STAGE_CHANGES,
  requireGate: to('statistics', 'dynamics'),
  'rollout.length': given(() => unrolled(), 9),
  'rollout.sequences': given(() => unrolled(), 3),
  'checkpoint.everySteps': to(4),
  'checkpoint.keepLast': to(1),
  'engine.target': to('webgpu', 'cuda'),
  'engine.threads': to(3),
};

/** Versions, words for the reader of a report, and what is loaded before a recipe is checked. */
const ELSEWHERE = ['$schema', 'format', 'description', 'plugins'];

describe('every key of a recipe', () => {
  const leaves = listLeaves(recipeJsonSchema(REGISTRIES));
  const ofRun = leaves.filter((leaf) => /^data\b/.test(leaf));

  test('is listed here', () => {
    const known = [...Object.keys(CHANGES), ...ELSEWHERE];
    expect(leaves.filter((leaf) => !ofRun.includes(leaf)).sort()).toEqual(known.sort());
    // Data of the run are those of every stage that has none.
    const ofStages = leaves.filter((leaf) => leaf.startsWith('stages.*.data'));
    expect(ofRun).toEqual(ofStages.map((leaf) => leaf.slice('stages.*.'.length)));
  });

  test('a trace depends on nothing else', async () => {
    expect(await traceAnew()).toBe(await traceAnew());
    expect(await traceAnew(taught())).toBe(await traceAnew(taught()));
  });

  test.each(Object.entries(CHANGES))('%s changes what a run does', async (leaf, change) => {
    const found = await traceChange(leaf, change, trace, withBounds);
    expect(new Set(found).size).toBe(found.length);
  });

  test('data of the run are those of its stages', async () => {
    const stages = { stages: { source: { data: undefined } } };
    const data = (kind: string) => ({ data: { kind, ...SMALL_NCA }, ...stages });
    const [nca, dyck] = [
      await trace(data('nca')),
      await trace({ data: { kind: 'dyck' }, ...stages }),
    ];
    expect(new Set([nca, dyck, await trace()]).size).toBe(3);
  });

  test('a stage that is removed leaves the others as they were', async () => {
    const alone = JSON.parse(await trace({ stages: { text: null } }));
    const all = JSON.parse(await trace());
    expect(alone[0].length).toBeGreaterThan(10);
    const before = all[0].slice(0, alone[0].length - 20);
    expect(alone[0].slice(0, before.length)).toEqual(before);
  });

  test('requireGate ends a run between its stages, in a sentence, and its source is saved', async () => {
    const [, files, summary] = JSON.parse(await trace({ requireGate: 'dynamics' }));
    expect(files).toContain('stages/source/artifacts/model/model.safetensors');
    expect(files.filter((name: string) => name.startsWith('checkpoints/text'))).toEqual([]);
    expect(summary.refused).toMatch(
      /^stage 'source' of {2}has learned nothing, and requireGate asks for dynamics: stage 'text' was not begun/,
    );
    expect(summary.refused).toContain('NOT below the global baselines');
  });

  test('the description stands in the report', async () => {
    const directory = at('described');
    const description = 'Whether moss grows faster';
    const recipe = parseRecipe({ ...baseRecipe(), description }, 'test', registries);
    await startTraining(recipe, { directory, registries });
    expect(buildTrainingReport(collectTrainingReport(directory, registries))).toContain(
      description,
    );
  });
});

/** A band needs its bounds beside its kind. */
function withBounds(key: string, overlay: Overlay): Overlay {
  if (!key.endsWith('.band.kind')) return overlay;
  const absolute = JSON.stringify(overlay).includes('absolute');
  const bounds = absolute ? { low: 0.35, high: 10 } : { low: 20, high: 80 };
  return mergeOverlays(overlay, nest(key.slice(0, -'.kind'.length), bounds));
}
