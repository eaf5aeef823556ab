// Runs a traced function once.

import type { NdArray } from '../../src/core/index.ts';
import type { Device, Tensor } from '../../src/tensor/index.ts';

/** Compiles `build`, runs it on `inputs` and gives its outputs. */
export async function evaluate<I extends Readonly<Record<string, NdArray>>>(
  device: Device,
  inputs: I,
  build: (inputs: { readonly [K in keyof I]: Tensor }) => readonly Tensor[],
): Promise<NdArray[]> {
  const program = await device.compile({
    states: {},
    inputs: inputs as Readonly<Record<string, NdArray>>,
    build: (_states, x) => ({ outputs: build(x as never) }),
  });
  const out = (await program.run({}, inputs).read()) as unknown as NdArray[];
  await program.close();
  return out;
}

/** The elements as numbers. */
export function numbers(x: NdArray): number[] {
  return Array.from(x.data as Float64Array, Number);
}
