// Numbers that must stay as they are: initial values, what transfer makes of them, and the losses of first steps.

import { createHash } from 'node:crypto';
import {
  dmt,
  drawBatch,
  inputsOf,
  isSelected,
  type Learner,
  nameArrays,
  nextToken,
  smt,
  type TransferOptions,
  transferParams,
} from '../../src/algorithms/index.ts';
import {
  flattenTree,
  foldIn,
  initParams,
  isNdArray,
  keyFromSeed,
  type NdArray,
  type Tree,
} from '../../src/core/index.ts';
import {
  CELL_KINDS,
  type CellKind,
  createLlama,
  createRecurrent,
  deriveLlamaConfig,
  deriveMemoryConfig,
  initLlama,
  llamaSpecs,
  type ModelOptions,
} from '../../src/nn/index.ts';
import { createOptimizer, OPTIMIZERS } from '../../src/optim/index.ts';
import type { Device } from '../../src/tensor/index.ts';
import type { TokenBatch } from '../../src/text/index.ts';
import { createRetrievalWorld } from '../../src/worlds/index.ts';
import { openTestLearner } from './open-learner.ts';

const KEY = keyFromSeed(11);

/** Names, shapes and bytes of all arrays, hashed. */
function hashArrays(tree: unknown): string {
  const hash = createHash('sha256');
  for (const [path, { dtype, shape, data }] of flattenTree(tree as Tree<NdArray>, isNdArray)) {
    hash.update(`${path} ${dtype} [${shape.join(', ')}]\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex').slice(0, 16);
}

const SIZES = { hiddenSize: 12, layers: 2, heads: 2, kvHeads: 1, intermediateSize: 10 };
const llama = (options: ModelOptions = {}, vocabSize = 13) =>
  deriveLlamaConfig({ ...SIZES, ...options }, { vocabSize, contextLength: 8 });
const memory = (cell: CellKind, vocabSize = 6) =>
  createRecurrent(
    deriveMemoryConfig({ hiddenSize: 8, memoryTokens: 2, decoderLayers: 1, cell }, vocabSize),
  );
const supervision = { positions: 3, shortContexts: true };
const smtOptions = smt.options.parse({ supervision });

const VARIANTS: Readonly<Record<string, ModelOptions>> = {
  plain: {},
  tied: { tieEmbeddings: true, embeddingStd: 0.3 },
  biased: { attentionBias: 'qkvo', mlpBias: true },
  qwen: { attentionBias: 'qkv', headDim: 4, layers: 1 },
};

/** Initial values of every model. */
export function hashInitialValues(): Record<string, string> {
  return {
    ...Object.fromEntries(
      Object.entries(VARIANTS).map(([name, options]) => [
        `llama ${name}`,
        hashArrays(initLlama(llama(options), KEY)),
      ]),
    ),
    ...Object.fromEntries(
      CELL_KINDS.flatMap((cell) => [
        [`smt ${cell}`, hashArrays(initParams(smt.specs(memory(cell), smtOptions), KEY))],
        [`network ${cell}`, hashArrays(initParams(memory(cell).params, KEY))],
      ]),
    ),
  };
}

const TRANSFERS: Readonly<Record<string, TransferOptions>> = {
  attention: { keep: { modules: ['attention'] }, embeddingStd: 0.02 },
  'a layer, rescaled': {
    keep: { modules: ['attention', 'mlp', 'norms'], layers: [1, 1] },
    embeddingStd: 1,
  },
  'query and head': { keep: { modules: ['query', 'head'] }, embeddingStd: 'source' },
  permuted: {
    keep: { modules: ['attention', 'mlp', 'norms'] },
    embeddingStd: 'source',
    weights: 'permuted',
  },
  rotated: { keep: { modules: ['key', 'value', 'output'] }, embeddingStd: 1, weights: 'rotated' },
};

/** What transfer makes of a model. */
export function hashTransfers(): Record<string, string> {
  const config = llama(VARIANTS.biased);
  const source = initLlama(config, foldIn(KEY, 'source'));
  return Object.fromEntries(
    Object.entries(TRANSFERS).map(([name, options]) => [
      name,
      hashArrays(
        transferParams(source as unknown as Tree<NdArray>, llamaSpecs(config), KEY, options),
      ),
    ]),
  );
}

const OPTIMIZER = createOptimizer(OPTIMIZERS, 'adamw', { weightDecay: 0.1 });
const STEPS = 3;

/** What a learner makes of three steps. */
export type FirstSteps = {
  readonly losses: readonly number[];
  readonly norms: readonly number[];
};

async function takeSteps(
  learner: Learner,
  batch: (step: number) => TokenBatch,
): Promise<FirstSteps> {
  const losses: number[] = [];
  const norms: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const { loss, gradientNorm } = await learner.step(batch(step), { step, learningRate: 0.02 });
    losses.push(loss);
    norms.push(gradientNorm);
  }
  await learner.close();
  return { losses, norms };
}

/** A decoder with dropout, in two parts per step, with a module frozen. */
export function trainLlama(device: Device, options: ModelOptions): Promise<FirstSteps> {
  const [batchSize, contextLength] = [4, 8];
  const config = llama({ ...options, attentionDropout: 0.1 });
  return openTestLearner(device, nextToken, {
    model: createLlama(config),
    data: { batchSize, contextLength, firstPosition: 2 },
    accumulate: 2,
    key: KEY,
    optimizer: OPTIMIZER,
    frozen: (spec) => isSelected({ modules: ['key'], layers: [0, 0] }, spec),
  }).then((learner) => {
    const id = (i: number) => (i * i + 3 * i) % config.vocabSize;
    const ids = (first: number) =>
      Int32Array.from({ length: batchSize * contextLength }, (_, i) => id(first + i));
    return takeSteps(learner, (step) => ({ inputs: ids(step), targets: ids(step + 1) }));
  });
}

const world = createRetrievalWorld({ symbols: 4, sequenceLength: 7 });
const time = inputsOf(world);
const batch = (step: number) => drawBatch(world, KEY, step, 4);
/** A cell by SMT, DMT, and BPTT with its initial state frozen and learned. */
export async function trainCell(
  device: Device,
  cell: CellKind,
): Promise<Readonly<Record<'smt' | 'dmt' | 'frozenInitial' | 'learnedInitial', FirstSteps>>> {
  const model = memory(cell, world.vocabSize);
  const common = {
    model,
    key: KEY,
    optimizer: OPTIMIZER,
    data: { batchSize: 4, contextLength: time, weighted: true },
  };
  const { teacher } = initParams(smt.specs(model, smtOptions), KEY) as unknown as {
    teacher: Tree<NdArray>;
  };
  const artifacts = {
    teacher: { arrays: nameArrays(teacher), config: smt.leaves!(smtOptions).teacher },
  };
  const bptt = (learnInitial: boolean) =>
    openTestLearner(device, nextToken, { ...common, options: { learnInitial } });
  return {
    smt: await takeSteps(
      await openTestLearner(device, smt, { ...common, options: smtOptions }),
      batch,
    ),
    dmt: await takeSteps(
      await openTestLearner(device, dmt, { ...common, artifacts, options: { every: 2 } }),
      batch,
    ),
    frozenInitial: await takeSteps(await bptt(false), batch),
    learnedInitial: await takeSteps(await bptt(true), batch),
  };
}
