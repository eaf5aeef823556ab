// A recipe that runs in no time, and for every key of every kind a change that must be noticed.

import { mergeOverlays } from '../../src/run/load-recipe.ts';
import {
  type Change,
  given,
  inStage,
  nest,
  type Overlay,
  scheduleChanges,
  to,
} from './recipe-changes.ts';
import { SMALL_NCA, worldChanges } from './world-changes.ts';

const STEPS = { steps: 6, evaluateEvery: 2 };
const SCALE = { hiddenSize: 8, heads: 2 };

export const BASE_RECIPE: Overlay = {
  name: 'base',
  model: { kind: 'llama', ...SCALE },
  contextLength: 23,
  batchSize: 2,
  heldOutSequences: 4,
  stages: {
    source: { ...STEPS, data: { kind: 'nca', ...SMALL_NCA } },
    text: {
      ...STEPS,
      data: { kind: 'text', corpus: { files: ['story.jsonl'] }, evaluationTokens: 64 },
      contextLength: 16,
      start: { keep: { modules: ['attention'] } },
    },
  },
  checkpoint: { everySteps: 2 },
};

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
/** Taught what to remember, and then by what it remembers itself. */
export const taught = () =>
  recurrent({
    smt: SMT,
    dmt: {
      ...SMT,
      algorithm: { kind: 'dmt', every: 2 },
      start: { keep: 'all' },
    },
  });

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
  inSource({ kind: 'characters', files: [file] }, { contextLength: 8 });
const images = () => inSource({ kind: 'images', file: 'images' }, { contextLength: null });

/** Files of tokens from elsewhere as the source. */
const ownFiles = (options: Overlay): Overlay =>
  inSource({
    kind: 'dataset',
    files: ['a.bin'],
    vocabSize: 256,
    dtype: 'uint8',
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
  'stages.*.data(characters).files': given(characters('story.txt'), ['other.txt']),
  'stages.*.data(characters).field': given(characters('story.jsonl'), 'title'),
  'stages.*.data(characters).column': given(characters('story.csv'), 'title'),
  'stages.*.data(characters).validationFraction': given(characters('story.txt'), 0.4),
  'stages.*.data(images).file': { to: [], given: images },
  'stages.*.data(images).shrink': given(images, 2),
  'stages.*.data(images).levels': given(images, 4),
  'stages.*.data(images).validationFraction': given(images, 0.5),
  'stages.*.data(dataset).path': {
    to: [],
    given: () => inSource({ kind: 'dataset', path: 'data' }),
  },
  'stages.*.data(dataset).files': given(() => ownFiles({}), ['b.bin']),
  'stages.*.data(dataset).vocabSize': given(() => ownFiles({}), 300),
  'stages.*.data(dataset).contextLength': given(
    () => ({ ...ownFiles({ contextLength: 20 }), contextLength: null }),
    10,
  ),
  'stages.*.data(dataset).dtype': given(() => ownFiles({ vocabSize: 65_536 }), 'uint16'),
  'stages.*.data(dataset).field': given(() => ownFiles({ files: ['fields.jsonl'] }), 'other'),
  'stages.*.data(dataset).rows': given(() => ownFiles({ files: ['fields.jsonl'] }), 'joined'),
  ...inStage('text', {
    'stages.*.data(text).corpus.files': {
      to: [],
      given: () => nest('stages.text.data.corpus.files', ['other.txt']),
    },
    'stages.*.data(text).corpus.field': to('title'),
    'stages.*.data(text).corpus.column': given(
      () => nest('stages.text.data.corpus.files', ['story.csv']),
      'title',
    ),
    'stages.*.data(text).tokenizer.kind': to('bpe'),
    'stages.*.data(text).tokenizer(bpe).vocabSize': given(
      tokenizer({ kind: 'bpe', vocabSize: 258 }),
      262,
    ),
    'stages.*.data(text).tokenizer(file).path': {
      to: [],
      given: () => nest('stages.text.data.tokenizer', { kind: 'file', path: 'bpe.json' }),
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
    'stages.*.algorithm(next-token).checkpointEvery': given(() => unrolled(), 3),
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
    'stages.*.start.from': to('./model'),
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

const onMesh = (mesh: Overlay): Overlay => ({ engine: { device: 'xla:cpu', mesh } });

/** Changes by the names of leaves; files lie in the working folder. */
export const KEY_CHANGES: Record<string, Change> = {
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
  'engine.device': to('webgpu', 'cuda'),
  'engine.threads': to(3),
  'engine.mesh.data': given(() => onMesh({}), 2),
  'engine.mesh.model': given(() => onMesh({}), 2),
  'engine.shard': given(() => onMesh({ data: 2 }), true),
  'engine.precision': to('bfloat16'),
};
