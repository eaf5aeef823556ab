// States of a model on a device, which can be reset without another allocation.

import type { ArraySpec, MapLeaves, Tree } from '../core/index.ts';
import { beginState, type Model, type StateSizes } from '../nn/index.ts';
import type { Device, DeviceState, Tensor } from '../tensor/tracing.ts';

/** A model's parameters on a device. */
export type ParamState<P> = DeviceState<MapLeaves<P, ArraySpec, ArraySpec>, unknown>;

/**
 * Parameters that may contain a model's among others, such as those of a learner: the state, and how to find the model's in it
 * (all of it if `pick` is absent).
 */
export type PickedParams<P> = {
  readonly state: DeviceState<Tree<ArraySpec>, unknown>;
  readonly pick?: (params: Tree<Tensor>) => MapLeaves<P, ArraySpec, Tensor>;
};

/** The specs of parameters for a traced program, and the model's among them. */
export type FoundParams<P> = Required<PickedParams<P>>;

/** The state of parameters, and how a traced program finds the model's in it. */
export function findParams<P>(params: ParamState<P> | PickedParams<P>): FoundParams<P> {
  const isPicked = 'state' in params;
  return {
    state: isPicked ? params.state : (params as ParamsOnDevice),
    pick: (isPicked && params.pick) || ((tensors) => tensors as MapLeaves<P, ArraySpec, Tensor>),
  };
}

type ParamsOnDevice = DeviceState<Tree<ArraySpec>, unknown>;

export type ModelStates = {
  readonly specs: Tree<ArraySpec>;
  /** Calls `use` with an initial state, which is freed afterwards. */
  with<T>(params: ParamsOnDevice, use: (state: DeviceState) => Promise<T>): Promise<T>;
  /** Resets a state to the initial one. */
  restart(params: ParamsOnDevice, state: DeviceState): Promise<void>;
  close(): Promise<void>;
};

/** States of a model with a step. The program for initial states is compiled on first use. */
export function openStates<P, S>(
  device: Device,
  model: Model<P, S>,
  params: Tree<ArraySpec>,
  pick: FoundParams<P>['pick'],
  sizes: StateSizes,
): ModelStates {
  const stepping = model.stepping!;
  const specs = stepping.specs(sizes) as Tree<ArraySpec>;
  const compile = () =>
    device.compile({
      states: { params, state: specs },
      inputs: {},
      batched: ['state'],
      build: (states) => {
        const own = pick(states.params as Tree<Tensor>) as never;
        return { outputs: {}, updates: { state: beginState(model, own, sizes) as never } };
      },
    });
  let compiled: ReturnType<typeof compile> | undefined;
  async function restart(params: ParamsOnDevice, state: DeviceState): Promise<void> {
    compiled ??= compile();
    await (await compiled).run({ params, state } as never, {} as never).read();
  }
  return {
    specs,
    restart,
    async with(params, use) {
      const state = (await device.createState<Tree<ArraySpec>>(specs)) as DeviceState;
      try {
        // A new state is zero, which is the initial state of a model without `begin`.
        if (stepping.begin) await restart(params, state);
        return await use(state);
      } finally {
        await state.drop();
      }
    },
    async close() {
      await (await compiled)?.close();
    },
  };
}
