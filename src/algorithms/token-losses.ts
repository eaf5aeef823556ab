// What a model makes of each token of a batch, without training.

import { type ArraySpec, type NdArray, spec, type Tree } from '../core/index.ts';
import { beginState, type Model, scanSequence, sequenceLosses } from '../nn/index.ts';
import type { Device, DeviceState, Tensor } from '../tensor/index.ts';
import type { TokenBatch } from '../text/batches.ts';
import type { DataFacts, LiveModel } from './algorithm.ts';

/** Losses and most probable tokens of every target of a batch, row-major `[batch, time − firstPosition]`. */
export type TokenLosses = { readonly losses: Float32Array; readonly predictions: BigInt64Array };

/** A model that judges batches of one size. */
export type TokenJudge = {
  tokenLosses(batch: TokenBatch): Promise<TokenLosses>;
  /** Of a stream: the rows of the next batch continue nothing. */
  restart(): Promise<void>;
  close(): Promise<void>;
};

/**
 * Compiles the forward pass over the parameters of `live`, which may change between calls.
 *
 * @param sizes of every batch. Where `order` is `stream`, the state of a model that has one of constant size goes on
 *   from each batch to the next
 */
export async function openTokenLosses(
  device: Device,
  model: Model,
  live: LiveModel,
  sizes: Pick<DataFacts, 'batchSize' | 'contextLength' | 'firstPosition'> & Partial<DataFacts>,
): Promise<TokenJudge> {
  const { batchSize, contextLength, firstPosition, order } = sizes;
  const { state, pick = (params) => params } = live;
  const stepping = order === 'stream' ? constantStepping(model) : null;
  const shape = [batchSize, contextLength];
  const program = await device.compile<Trees, Trees, Losses>({
    states: {
      params: state.specs,
      ...(stepping ? { carried: stepping.specs({ batch: batchSize, capacity: 1 }) } : {}),
    },
    inputs: { inputs: spec('int32', shape), targets: spec('int32', shape) },
    build: (states, x) => {
      const params = pick(states.params!);
      const tokens = x.inputs as Tensor;
      const scanned = stepping && scanSequence(model, params, tokens, { state: states.carried });
      const hidden = scanned?.hidden ?? model.forward(params, tokens);
      return {
        outputs: sequenceLosses(hidden, model.readout(params), x.targets as Tensor, {
          firstPosition,
        }),
        ...(scanned ? { updates: { carried: scanned.states.at(-1)! } } : {}),
      };
    },
  });
  let carried: DeviceState<Tree<ArraySpec>> | undefined;
  const restart = async () => {
    await carried?.drop();
    carried = undefined;
  };
  return {
    restart,
    async tokenLosses({ inputs, targets }) {
      if (stepping)
        carried ??= await device.createState(await firstState(device, model, live, batchSize));
      const out = await program.run(
        { params: state, ...(carried ? { carried } : {}) },
        {
          inputs: { dtype: 'int32', shape, data: inputs },
          targets: { dtype: 'int32', shape, data: targets },
        },
      );
      return {
        losses: out.losses.data as Float32Array,
        predictions: out.predictions.data as BigInt64Array,
      };
    },
    async close() {
      await Promise.all([restart(), program.close()]);
    },
  };
}

type Trees = Readonly<Record<string, Tree<ArraySpec>>>;
type Losses = { readonly losses: Tensor; readonly predictions: Tensor };

/** How a model goes on in constant room; null where its state grows, or it has none. */
export function constantStepping({ stepping }: Model): NonNullable<Model['stepping']> | null {
  return stepping?.growth === 'constant' ? stepping : null;
}

/** The state before the first token of so many rows, as arrays. */
export async function firstState(
  device: Device,
  model: Model,
  { state, pick = (params) => params }: LiveModel,
  batch: number,
): Promise<Tree<NdArray>> {
  const program = await device.compile({
    states: { params: state.specs },
    inputs: {},
    build: ({ params }) => ({
      outputs: beginState(model, pick(params), { batch, capacity: 1 }),
    }),
  });
  const out = await program.run({ params: state }, {});
  await program.close();
  return out as Tree<NdArray>;
}
