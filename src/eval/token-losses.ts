// Losses of a model token by token, with parameters on a device.

import { type ArraySpec, type NdArray, spec, type Tree } from '../core/index.ts';
import { type Model, sequenceLosses } from '../nn/index.ts';
import {
  type Device,
  type DeviceState,
  reshape,
  slice,
  stack,
  type Tensor,
} from '../tensor/tracing.ts';
import { findParams, openStates, type ParamState, type PickedParams } from './model-state.ts';

/** Sizes of every batch, and the first position whose target counts. */
export type LossSizes = {
  readonly batchSize: number;
  readonly contextLength: number;
  readonly firstPosition: number;
};

/** Losses in nats and most probable tokens, row-major `[batchSize, contextLength − firstPosition]`. */
export type TokenLosses = { readonly losses: Float32Array; readonly predictions: BigInt64Array };

/** A compiled forward pass with its losses; `close` it when done. */
export type LossProgram<P> = {
  /** @param batch ids, int32 `[batchSize · contextLength]` each, row-major */
  run(
    params: ParamState<P> | PickedParams<P>,
    batch: { readonly inputs: Int32Array; readonly targets: Int32Array },
  ): Promise<TokenLosses>;
  close(): Promise<void>;
};

/**
 * Compiles the losses of a model. A model with a state of constant size is run step by step, and its state is carried from piece
 * to piece: unrolled over the whole sequence, its graph would grow with the context.
 *
 * @param among specs of parameters that contain the model's, like those of each run
 */
export function openTokenLosses<P, S>(
  device: Device,
  model: Model<P, S>,
  sizes: LossSizes,
  among?: PickedParams<P>,
): Promise<LossProgram<P>> {
  const place: Place = {
    specs: among?.state.specs ?? (model.params as Tree<ArraySpec>),
    pick: (among?.pick ?? ((params) => params)) as Place['pick'],
  };
  const open = model.stepping?.growth === 'constant' ? openCarried : openForward;
  return open(device, model, sizes, place);
}

/** Specs of parameters, and how a traced program finds the model's among them. */
type Place = {
  readonly specs: Tree<ArraySpec>;
  // The cast is safe: `pick` returns the parameters that the model takes.
  readonly pick: (params: unknown) => never;
};

type Outputs = { readonly losses: NdArray; readonly predictions: NdArray };

async function openForward<P, S>(
  device: Device,
  model: Model<P, S>,
  { batchSize, contextLength, firstPosition }: LossSizes,
  { specs, pick }: Place,
): Promise<LossProgram<P>> {
  const shape = [batchSize, contextLength];
  const program = await device.compile({
    states: { params: specs },
    inputs: { inputs: spec('int32', shape), targets: spec('int32', shape) },
    batched: ['inputs', 'targets'],
    build: (states, { inputs, targets }) => {
      const params = pick(states.params);
      const hidden = model.forward(params, inputs);
      return { outputs: sequenceLosses(hidden, model.readout(params), targets, { firstPosition }) };
    },
  });
  return {
    async run(params, { inputs, targets }) {
      const batch = { inputs: idsOf(shape, inputs), targets: idsOf(shape, targets) };
      const { state } = findParams<P>(params);
      const out = (await program
        .run({ params: state } as never, batch as never)
        .read()) as unknown as Outputs;
      return {
        losses: out.losses.data as Float32Array,
        predictions: out.predictions.data as BigInt64Array,
      };
    },
    close: () => program.close(),
  };
}

/** Steps in one run of a program: each run costs about as much as a few steps of a small model. */
const PIECE = 16;

async function openCarried<P, S>(
  device: Device,
  model: Model<P, S>,
  { batchSize, contextLength, firstPosition }: LossSizes,
  { specs, pick }: Place,
): Promise<LossProgram<P>> {
  const stepping = model.stepping!;
  const piece = Math.min(PIECE, contextLength);
  const shape = [batchSize, piece];
  const sizes = { batch: batchSize, capacity: contextLength };
  const states = openStates<P, S>(device, model, specs, pick, sizes);
  const program = await device.compile({
    states: { params: specs, state: states.specs },
    inputs: { inputs: spec('int32', shape), targets: spec('int32', shape) },
    batched: ['state', 'inputs', 'targets'],
    build: (states, { inputs, targets }) => {
      const params = pick(states.params);
      let state = states.state as never;
      const hidden: Tensor[] = [];
      for (let t = 0; t < piece; t++) {
        const token = reshape(slice(inputs, 1, t, t + 1), [batchSize]);
        const stepped = stepping.step(params, state, token);
        hidden.push(stepped.hidden);
        state = stepped.state as never;
      }
      const outputs = sequenceLosses(stack(hidden, 1), model.readout(params), targets);
      return { outputs, updates: { state } };
    },
  });
  const positions = contextLength - firstPosition;

  async function run(
    params: DeviceState<Tree<ArraySpec>, unknown>,
    state: DeviceState,
    batch: { readonly inputs: Int32Array; readonly targets: Int32Array },
  ): Promise<TokenLosses> {
    const losses = new Float32Array(batchSize * positions);
    const predictions = new BigInt64Array(batchSize * positions);
    for (let begin = 0; begin < contextLength; begin += piece) {
      // Values beyond the last column are not used.
      const columns = (ids: Int32Array) => cutColumns(ids, contextLength, begin, piece);
      const cut = {
        inputs: idsOf(shape, columns(batch.inputs)),
        targets: idsOf(shape, columns(batch.targets)),
      };
      const out = (await program
        .run({ params, state } as never, cut as never)
        .read()) as unknown as Outputs;
      const first = Math.max(begin, firstPosition);
      const end = Math.min(begin + piece, contextLength);
      for (let row = 0; row < batchSize; row++) {
        for (let t = first; t < end; t++) {
          const [from, to] = [row * piece + t - begin, row * positions + t - firstPosition];
          losses[to] = out.losses.data[from] as number;
          predictions[to] = out.predictions.data[from] as bigint;
        }
      }
    }
    return { losses, predictions };
  }

  return {
    run(params, batch) {
      const { state: given } = findParams<P>(params);
      return states.with(given, (state) => run(given, state, batch));
    },
    async close() {
      await Promise.all([program.close(), states.close()]);
    },
  };
}

/** Columns from `begin` on of ids `[rows, time]`; zeros where there are none. */
function cutColumns(ids: Int32Array, time: number, begin: number, count: number): Int32Array {
  const columns = new Int32Array((ids.length / time) * count);
  for (let row = 0; row * time < ids.length; row++) {
    const end = Math.min(begin + count, time);
    columns.set(ids.subarray(row * time + begin, row * time + end), row * count);
  }
  return columns;
}

function idsOf(shape: readonly number[], data: Int32Array): NdArray {
  return { dtype: 'int32', shape, data };
}
