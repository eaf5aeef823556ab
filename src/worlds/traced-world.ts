// The contract of worlds whose sequences a device draws.

import type { NdArray } from '../core/index.ts';
import type { Tensor } from '../tensor/graph.ts';

/**
 * Sequences of a world as part of a program. A training step that includes it draws its batch from a key, so that the device
 * need not wait for the host.
 */
export type TracedWorld = {
  /** What the program reads besides the key: arrays that stay on the device. The host makes them, which may take seconds. */
  tables(): Readonly<Record<string, NdArray>>;
  /**
   * Tokens `[count, sequenceLength]`, int32: a pure function of the tables and the key, with the same bits on every backend.
   *
   * @param tables traced arrays of the shapes and dtypes of `tables()`
   * @param key int32 `[2]`
   */
  draw(tables: Readonly<Record<string, Tensor>>, key: Tensor, count: number): Tensor;
};
