// The initial state of models with a state of constant size.

import type { ArraySpec, NdArray, Tree } from '../core/index.ts';
import { beginState, type Model } from '../nn/index.ts';
import type { Device, DeviceState } from '../tensor/tracing.ts';

/** The stepping of a model with a state of constant size; null if its state grows or it has none. */
export function constantStepping({ stepping }: Model): NonNullable<Model['stepping']> | null {
  return stepping?.growth === 'constant' ? stepping : null;
}

/** The initial state for a number of rows, as arrays. */
export async function firstState(
  device: Device,
  model: Model,
  params: DeviceState<Tree<ArraySpec>>,
  batch: number,
): Promise<Tree<NdArray>> {
  const program = await device.compile({
    states: { params: params.specs },
    inputs: {},
    build: (states) => ({
      outputs: beginState(model, states.params, { batch, capacity: 1 }),
    }),
  });
  const out = await program.run({ params }, {}).read();
  await program.close();
  return out as Tree<NdArray>;
}
