// Every loss of SMT, DMT and BPTT against central differences along random directions of each parameter, in float64.

import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type CaseInputs,
  compareAlongDirections,
  type GradientCase,
  runCases,
} from '../../../test/support/gradient-check.ts';
import {
  arrayOf,
  castFloats,
  flattenTree,
  foldIn,
  initParams,
  isNdArray,
  keyFromSeed,
  mapTree,
  type NdArray,
  normal,
  type Tree,
} from '../../core/index.ts';
import {
  type CellKind,
  createRecurrent,
  deriveMemoryConfig,
  type EncoderKind,
  initRecurrent,
  type RecurrentParams,
} from '../../nn/index.ts';
import { type Device, openDevice, type Tensor } from '../../tensor/index.ts';
import type { TokenBatch } from '../../text/batches.ts';
import { nextTokenForward } from '../next-token/next-token-forward.ts';
import { cutBatch } from '../smt/cut-batch.ts';
import { DMT_WEIGHTS, dmtForward } from '../smt/dmt-forward.ts';
import { smt } from '../smt/smt.ts';
import { type SmtParams, smtForward } from '../smt/smt-forward.ts';
import { planSupervision } from '../smt/supervision.ts';
import { teacherConfig } from '../smt/teacher-artifact.ts';
import type { Forward } from '../train-step.ts';
import { requireMemory } from './memory-model.ts';

const VOCAB = 3;
const SHAPE = { batchSize: 2, time: 3 };
const SIZES = {
  hiddenSize: 4,
  intermediateSize: 3,
  memoryTokens: 2,
  heads: 1,
  decoderLayers: 1,
  cellLayers: 1,
} as const;
const BATCH: TokenBatch = {
  inputs: Int32Array.from([0, 1, 2, 2, 0, 1]),
  targets: Int32Array.from([1, 2, 0, 0, 1, 1]),
  weights: Float32Array.from([1, 0, 1, 1, 1, 0]),
};

let device: Device;
beforeAll(() => {
  device = openDevice({ threads: 1 });
});
afterAll(() => device.close());

/** A case over a tree of parameters; what is data is not differentiated. */
function createCase<P>(
  name: string,
  params: P,
  data: Readonly<Record<string, NdArray>>,
  forward: (params: P, data: Readonly<Record<string, Tensor>>) => Forward,
): GradientCase {
  const tree = castFloats(params as Tree<NdArray>, 'float64');
  const leaves = flattenTree<NdArray>(tree, isNdArray);
  // Float data would be differentiated too, which does no harm: it has a gradient of its own.
  const floats = castFloats(data as Tree<NdArray>, 'float64') as CaseInputs;
  return {
    name,
    inputs: {
      ...Object.fromEntries(leaves.map(([path, x]) => [path.replaceAll('.', '/'), x])),
      ...floats,
    },
    build: (x) => {
      const traced = mapTree<NdArray, Tensor>(
        tree,
        isNdArray,
        (_, path) => x[path.replaceAll('.', '/')]!,
      );
      return forward(traced as P, x).loss;
    },
    second: false,
  };
}

const WEIGHTS = { decode: 1, dynamics: 0.7, uniformity: 0.3 };

function smtCase(name: string, encoder: EncoderKind, cell: CellKind): GradientCase {
  const model = requireMemory(
    'smt',
    createRecurrent(deriveMemoryConfig({ ...SIZES, cell }, VOCAB)),
  );
  const options = smt.options.parse({ encoder, encoderLayers: 1 });
  const config = teacherConfig(model, options);
  const slides = encoder === 'bidirectional' ? { contextLength: 2 } : {};
  const plan = planSupervision({ positions: 2, shortContexts: true, ...slides }, SHAPE.time);
  const { arrays } = cutBatch(config, plan, SHAPE, BATCH, keyFromSeed(3));
  const params = initParams(smt.specs(model, options), keyFromSeed(1));
  return createCase(name, params, arrays, (traced, batch) => {
    const part = { batch, whole: batch, parts: 1 };
    return smtForward(model, config, traced as never as SmtParams<Tensor>, part, WEIGHTS);
  });
}

const random = (name: string, ...shape: number[]): NdArray =>
  arrayOf(
    'float64',
    shape,
    normal(
      foldIn(keyFromSeed(8), name),
      shape.reduce((a, b) => a * b),
    ),
  );

function dmtCase(name: string, steps: number): GradientCase {
  const config = deriveMemoryConfig(SIZES, VOCAB);
  const network = { ...initRecurrent(config, keyFromSeed(2)), initial: random('initial', 2, 4) };
  const ids = (...values: number[]) => arrayOf('int32', [values.length], values);
  const data = {
    start: random('start', 2, 2, 4),
    tokens: arrayOf(
      'int32',
      [2, steps],
      Array.from({ length: 2 * steps }, (_, i) => i % VOCAB),
    ),
    goal: random('goal', 2, 2, 4),
    firstTokens: ids(2, 0),
    firstGoal: random('first', 2, 2, 4),
    rolled: random('rolled', 4, 2, 4),
    targets: ids(0, 1, 2, 1),
    weights: arrayOf('float64', [4], [1, 0, 1, 1]),
  };
  const model = requireMemory('dmt', createRecurrent(config));
  return createCase(name, network, data, (params, batch) => {
    const part = { batch, whole: batch, parts: 1 };
    return dmtForward(model, params as never as RecurrentParams<Tensor>, part, DMT_WEIGHTS);
  });
}

function bpttCase(cell: CellKind, checkpointEvery: number | null = null): GradientCase {
  const config = deriveMemoryConfig({ ...SIZES, cell }, VOCAB);
  const network = { ...initRecurrent(config, keyFromSeed(2)), initial: random('initial', 2, 4) };
  const shape = [SHAPE.batchSize, SHAPE.time];
  const data = {
    inputs: arrayOf('int32', shape, BATCH.inputs),
    targets: arrayOf('int32', shape, BATCH.targets),
    weights: arrayOf('float64', shape, BATCH.weights!),
  };
  const model = createRecurrent(config);
  return createCase(
    `bptt ${cell}, checkpoints ${checkpointEvery}`,
    network,
    data,
    (params, batch) =>
      nextTokenForward(
        model,
        params as never as Tree<Tensor>,
        { batch, whole: batch, parts: 1, key: batch.inputs! },
        { firstPosition: 0, truncate: null, checkpointEvery },
      ),
  );
}

const CASES_PER_PROGRAM = 3;

test('gradients of every loss equal central differences', async () => {
  const cases = [
    smtCase('smt of all prefixes', 'causal', 'transformer'),
    smtCase('smt of sliding windows', 'bidirectional', 'gru'),
    dmtCase('dmt as published', 1),
    dmtCase('dmt through two steps', 2),
    bpttCase('transformer'),
    bpttCase('gru'),
    bpttCase('lstm'),
    bpttCase('mlp'),
    bpttCase('gru', 2),
  ];
  const found = await runCases(device, cases, CASES_PER_PROGRAM);
  for (const { name, inputs } of cases) {
    const { value, first } = found.get(name)!;
    expect(Number.isFinite(value.data[0])).toBe(true);
    const reached = Object.entries(first).filter(([, g]) => Array.from(g).some((x) => x !== 0));
    expect(reached.length, name).toBeGreaterThan(Object.keys(inputs).length / 2);
  }
  const slopes = await compareAlongDirections(device, cases, (name) => found.get(name)!.first, {
    perProgram: CASES_PER_PROGRAM,
  });
  expect(slopes.length).toBeGreaterThan(9 * 10);
  for (const { name, input, numeric, analytic } of slopes) {
    const error = Math.abs(numeric - analytic) / Math.max(1, Math.abs(analytic));
    expect(error, `${name}: ${input}`).toBeLessThan(1e-6);
  }
});
