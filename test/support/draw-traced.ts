// Sequences of a traced world, drawn on a device.

import { foldIn, type Key, spec } from '../../src/core/index.ts';
import type { Device } from '../../src/tensor/index.ts';
import type { TracedWorld } from '../../src/worlds/index.ts';

/** Draws batches of `count` sequences, one for each key: their tokens, `[count, sequenceLength]` each. */
export async function drawTraced(
  device: Device,
  world: TracedWorld,
  keys: readonly Key[],
  count: number,
): Promise<Int32Array[]> {
  const tables = world.tables();
  const program = await device.compile({
    states: { tables },
    inputs: { key: spec('int32', [2]) },
    build: ({ tables: traced }, { key }) => ({ outputs: world.draw(traced, key, count) }),
  });
  const state = await device.createState(tables);
  const drawn: Int32Array[] = [];
  for (const key of keys) {
    const data = Int32Array.from(key);
    const run = program.run({ tables: state }, { key: { dtype: 'int32', shape: [2], data } });
    drawn.push((await run.read()).data as Int32Array);
  }
  await Promise.all([program.close(), state.drop()]);
  return drawn;
}

/** The keys of so many batches. */
export function batchKeys(key: Key, batches: number): Key[] {
  return Array.from({ length: batches }, (_, step) => foldIn(key, step));
}

/** The sequences of batches, one by one. */
export function rowsOf(batches: readonly Int32Array[], length: number): Int32Array[] {
  return batches.flatMap((tokens) =>
    Array.from({ length: tokens.length / length }, (_, row) =>
      tokens.subarray(row * length, (row + 1) * length),
    ),
  );
}
