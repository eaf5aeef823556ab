// Every key that a recipe may have changes something that can be observed: what reaches the device and the
// learner, what lies on the disk. A key without an entry here, or without an effect, fails.

import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  flattenTree,
  isNdArray,
  isParamSpec,
  keyFromSeed,
  type NdArray,
  type ParamSpec,
  type Tree,
  UserError,
} from '../../src/core/index.ts';
import { deriveLlamaConfig, initLlama, llamaSpecs } from '../../src/nn/index.ts';
import { buildRunReport, collectReport } from '../../src/report/index.ts';
import { parseRecipe, recipeJsonSchema, startRun } from '../../src/run/index.ts';
import { mergeOverlays } from '../../src/run/load-recipe.ts';
import type { LanguageModelOptions } from '../../src/run/open-language-model.ts';
import {
  createBpeTokenizer,
  createByteTokenizer,
  type TokenBatch,
  trainBpe,
} from '../../src/text/index.ts';
import { writeStory, writeStoryRecords } from '../support/command-line.ts';
import { makeSmallDataset } from '../support/datasets.ts';
import { saveLlama } from '../support/llama-files.ts';
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
import { SMALL_NCA, worldChanges } from '../support/world-changes.ts';

/** What the run under way has done, one entry an act. */
const seen = vi.hoisted(() => ({ acts: [] as unknown[] }));

const hashOf = (data: ArrayBufferView) =>
  createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex');
const hashBatch = ({ inputs, targets }: TokenBatch) => [hashOf(inputs), hashOf(targets)];

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

vi.mock('../../src/tensor/index.ts', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  openDevice: (options: unknown) => {
    seen.acts.push(['device', options]);
    const program = { run: async () => ({}), close: async () => {} };
    return { compile: async () => program, close: async () => {} };
  },
}));

vi.mock('../../src/eval/index.ts', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  openGenerator: async () => ({ generate: async () => Int32Array.of(65), close: async () => {} }),
}));

vi.mock('../../src/run/open-language-model.ts', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  openLanguageModel: async (
    _: unknown,
    options: LanguageModelOptions,
    initial: { params: ReturnType<typeof initLlama> },
  ) => {
    const named = Object.fromEntries(
      flattenTree<NdArray>(initial.params as unknown as Tree<NdArray>, isNdArray),
    );
    // Only what src/algorithms/next-token/next-token.test.ts shows to reach the parameters.
    const { betas, epsilon, weightDecay, decay, clipNorm } = options.optimizer;
    const { config } = options;
    seen.acts.push([
      'learner',
      { betas, epsilon, weightDecay, decay, clipNorm },
      [config.vocabSize, config.contextLength, config.hiddenSize, config.intermediateSize],
      [config.layers, config.heads, config.kvHeads, config.ropeBase, config.rmsNormEpsilon],
      [config.tieEmbeddings, config.attentionDropout, config.embeddingStd],
      [config.headDim, config.attentionBias, config.mlpBias, config.ropeScaling, config.modelType],
      [options.batchSize, options.contextLength, options.accumulate, options.firstPosition],
      options.key,
      flattenTree<ParamSpec>(llamaSpecs(config), isParamSpec).flatMap(([name, spec]) =>
        options.frozen?.(spec) ? [name] : [],
      ),
      Object.entries(named).map(([name, { data }]) => [name, hashOf(data)]),
    ]);
    return {
      step: async (batch: TokenBatch, { learningRate }: { learningRate: number }) => {
        seen.acts.push(['step', hashBatch(batch), learningRate]);
        return { loss: 1, gradientNorm: 1 };
      },
      evaluate: async (batches: readonly TokenBatch[]) => {
        seen.acts.push(['evaluate', batches.map(hashBatch)]);
        return { loss: 1 };
      },
      tokenLosses: async ({ targets }: TokenBatch) => {
        const { batchSize, contextLength, firstPosition } = options;
        const count = batchSize * (contextLength - firstPosition);
        seen.acts.push(['gate', hashOf(targets)]);
        // More than any predictor: the model has learned nothing.
        return { losses: new Float32Array(count).fill(100), predictions: new BigInt64Array(count) };
      },
      snapshot: async () => ({ params: named, optimizer: {} }),
      params: async () => initial.params,
      close: async () => {},
    };
  },
}));

let folder: string;
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
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (file: string) => path.join(folder, file);

const baseRecipe = (): Overlay => ({
  name: 'base',
  model: { hiddenSize: 8, heads: 2 },
  source: {
    world: { kind: 'nca', ...SMALL_NCA },
    contextLength: 23,
    batchSize: 2,
    steps: 6,
    evaluateEvery: 2,
    heldOutSequences: 4,
  },
  transfer: { keep: { modules: ['attention'] } },
  text: {
    corpus: { files: [at('story.jsonl')] },
    contextLength: 16,
    batchSize: 2,
    steps: 6,
    evaluateEvery: 2,
    evaluationTokens: 64,
  },
  checkpoint: { everySteps: 2 },
});

let runs = 0;
const trace = rememberTraces(traceAnew);

/** Everything that a run of the base recipe with these changes does. */
async function traceAnew(...changes: readonly Overlay[]): Promise<string> {
  const recipe = parseRecipe(changes.reduce(mergeOverlays, baseRecipe()), 'test');
  const directory = at(`run-${runs++}`);
  seen.acts = [];
  const summary = await startRun(recipe, {
    directory,
    listener: (event) => {
      if (event.kind === 'checkpoint') seen.acts.push(['checkpoint', event.stage, event.step]);
    },
  }).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    return { refused: error.message.replaceAll(directory, '') };
  });
  const kept = ['source', 'text']
    .map((stage) => path.join(directory, 'checkpoints', stage))
    .map((stage) => (existsSync(stage) ? readdirSync(stage) : []));
  const text = readFileSync(path.join(directory, 'text', 'info.json'), 'utf8');
  rmSync(directory, { recursive: true });
  return JSON.stringify([seen.acts, kept, text, { ...summary, seconds: 0 }]);
}

const training = (stage: string): Record<string, Change> => ({
  [`${stage}.contextLength`]: to(20),
  [`${stage}.batchSize`]: to(1),
  [`${stage}.accumulate`]: to(2),
  [`${stage}.steps`]: to(5),
  [`${stage}.evaluateEvery`]: to(3),
  [`${stage}.optimizer.learningRate`]: to(0.1),
  [`${stage}.optimizer.betas`]: to([0.5, 0.95], [0.9, 0.5]),
  [`${stage}.optimizer.epsilon`]: to(1e-3),
  [`${stage}.optimizer.weightDecay`]: to(0.1),
  [`${stage}.optimizer.decay`]: to('all'),
  [`${stage}.optimizer.clipNorm`]: to(0),
  ...scheduleChanges(stage),
});

/** Folder of a source model with other weights than any that a trace begins with. */
function modelFolder(): string {
  const directory = at('models');
  const config = deriveLlamaConfig(
    { hiddenSize: 8, heads: 2 },
    { vocabSize: 5, contextLength: 16 },
  );
  const params = Object.fromEntries(
    flattenTree<NdArray>(initLlama(config, keyFromSeed(9)) as unknown as Tree<NdArray>, isNdArray),
  );
  const snapshot = { params, optimizer: {} };
  return saveLlama({ directory, stage: 'source', step: 1, keepLast: 1, config, snapshot });
}

const ropeScaling = (overlay: Overlay) => () => nest('model.ropeScaling', overlay);
const tokenizer = (overlay: Overlay) => () => nest('text.tokenizer', overlay);

/** Files of tokens from elsewhere as the source. */
const ownFiles = (options: Overlay): Overlay =>
  nest('source.world', {
    ...{ kind: 'dataset', files: [at('a.bin')], vocabSize: 256, dtype: 'uint8' },
    ...options,
  });

const CHANGES: Record<string, Change> = {
  name: to('other'),
  seed: to(1),
  'model.size': to('micro'),
  'model.hiddenSize': to(16),
  'model.intermediateSize': to(16),
  'model.layers': to(1),
  'model.heads': to(1),
  'model.kvHeads': to(1),
  'model.headDim': to(8),
  'model.attentionBias': to('qkv', 'qkvo'),
  'model.mlpBias': to(true),
  'model.ropeBase': to(100),
  'model.ropeScaling.kind': given(ropeScaling({ kind: 'linear', factor: 2 }), 'llama3'),
  'model.ropeScaling(linear).factor': given(ropeScaling({ kind: 'linear', factor: 2 }), 4),
  'model.ropeScaling(llama3).factor': given(ropeScaling({ kind: 'llama3' }), 4),
  'model.ropeScaling(llama3).lowFreqFactor': given(ropeScaling({ kind: 'llama3' }), 2),
  'model.ropeScaling(llama3).highFreqFactor': given(ropeScaling({ kind: 'llama3' }), 2),
  'model.ropeScaling(llama3).originalContextLength': given(ropeScaling({ kind: 'llama3' }), 16),
  'model.rmsNormEpsilon': to(1e-3),
  'model.tieEmbeddings': to(true),
  'model.attentionDropout': to(0.1),
  'model.embeddingStd': to(0.5),
  'model.modelType': to('mistral'),
  ...worldChanges('source.world'),
  'source.world(dataset).path': {
    to: [],
    given: () => nest('source.world', { kind: 'dataset', path: at('data') }),
  },
  'source.world(dataset).files': {
    // The folder comes with the test.
    get to() {
      return [[at('b.bin')]];
    },
    given: () => ownFiles({}),
  },
  'source.world(dataset).vocabSize': given(() => ownFiles({}), 300),
  'source.world(dataset).contextLength': given(() => {
    const { source } = ownFiles({ contextLength: 20 }) as { source: Overlay };
    return { source: { ...source, contextLength: undefined } };
  }, 10),
  'source.world(dataset).dtype': given(() => ownFiles({ vocabSize: 65_536 }), 'uint16'),
  'source.world(dataset).field': given(() => ownFiles({ files: [at('fields.jsonl')] }), 'other'),
  'source.world(dataset).rows': given(() => ownFiles({ files: [at('fields.jsonl')] }), 'joined'),
  'source.heldOutSequences': to(6),
  ...training('source'),
  requireGate: to('statistics', 'dynamics'),
  'transfer.keep.modules': to(['mlp']),
  'transfer.keep.layers': to([0, 0]),
  'transfer.freeze.modules': given(() => nest('transfer.freeze.modules', []), ['key']),
  'transfer.freeze.layers': given(() => nest('transfer.freeze.modules', ['key']), [0, 0]),
  'transfer.embeddingStd': to(1, 0.5),
  'transfer.weights': to('permuted', 'rotated'),
  'transfer.from': given(
    () => ({ source: undefined, ...nest('transfer.from', modelFolder()) }),
    undefined,
  ),
  'text.corpus.files': {
    to: [],
    given: () => nest('text.corpus.files', [at('other.txt')]),
  },
  'text.corpus.field': to('title'),
  'text.corpus.column': given(() => nest('text.corpus.files', [at('story.csv')]), 'title'),
  'text.tokenizer.kind': to('bpe'),
  'text.tokenizer(bpe).vocabSize': given(tokenizer({ kind: 'bpe', vocabSize: 258 }), 262),
  'text.tokenizer(file).path': {
    to: [],
    given: () => nest('text.tokenizer', { kind: 'file', path: at('bpe.json') }),
  },
  'text.validationFraction': to(0.4),
  'text.evaluationTokens': to(128),
  'text.skipBatches': to(3),
  ...training('text'),
  'checkpoint.everySteps': to(4),
  'checkpoint.keepLast': to(1),
  'engine.target': to('webgpu', 'cuda'),
  'engine.threads': to(3),
};

/** Words for the reader of a report. */
const ONLY_IN_REPORT = ['description'];

describe('every key of a recipe', () => {
  test('is listed here', () => {
    const leaves = listLeaves(recipeJsonSchema());
    const known = [...Object.keys(CHANGES), ...ONLY_IN_REPORT];
    expect(leaves.sort()).toEqual(known.sort());
  });

  test('a trace depends on nothing else', async () => {
    expect(await traceAnew()).toBe(await traceAnew());
  });

  test.each(Object.entries(CHANGES))('%s changes what a run does', async (leaf, change) => {
    const found = await traceChange(leaf, change, trace, withBounds);
    expect(new Set(found).size).toBe(found.length);
  });

  test('requireGate ends a run between its stages, in a sentence, and its source is saved', async () => {
    const trained = JSON.parse(await trace({ requireGate: 'dynamics' }));
    const [acts, [source, text], , summary] = trained;
    expect(acts.filter(([kind]: [string]) => kind === 'learner')).toHaveLength(1);
    expect([source.length > 0, text]).toEqual([true, []]);
    expect(summary.refused).toMatch(
      /^the source stage of {2}has learned nothing, and requireGate asks for dynamics: the text stage was not begun/,
    );
    expect(summary.refused).toContain('NOT below the global baselines');
  });

  test('the description stands in the report', async () => {
    const directory = at('described');
    const description = 'Whether moss grows faster';
    await startRun(parseRecipe({ ...baseRecipe(), description }, 'test'), { directory });
    expect(buildRunReport(collectReport(directory))).toContain(description);
  });
});

/** A band needs its bounds beside its kind. */
function withBounds(key: string, overlay: Overlay): Overlay {
  if (!key.endsWith('.band.kind')) return overlay;
  const absolute = JSON.stringify(overlay).includes('absolute');
  const bounds = absolute ? { low: 0.35, high: 10 } : { low: 20, high: 80 };
  return mergeOverlays(overlay, nest(key.slice(0, -'.kind'.length), bounds));
}

test('the sizes that a trace records are those of the model', () => {
  const config = deriveLlamaConfig({ size: 'nano' }, { vocabSize: 2, contextLength: 1 });
  expect(Object.keys(config)).toHaveLength(17);
  expect(llamaSpecs(config).model.layers).toHaveLength(config.layers);
});
