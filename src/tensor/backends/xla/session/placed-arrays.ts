// Arrays that lie on the devices of a mesh.

import {
  type ArraySpec,
  allocate,
  isNdArray,
  type NdArray,
  sizeOf,
} from '../../../../core/index.ts';
import { countDevices, type Mesh } from '../../../mesh.ts';
import { blockOf, cutBlock, joinBlocks } from '../blocks.ts';
import type { Layout } from '../layouts.ts';
import type { Client, DeviceBuffer, PendingRead } from './client.ts';

/** An array on all devices of a mesh, each of which has its part. */
export type PlacedArray = {
  readonly spec: ArraySpec;
  readonly layout: Layout;
  /** In the order of the devices. */
  readonly buffers: readonly DeviceBuffer[];
};

/** Spreads an array over the devices; zeros where there are no data. */
export function placeArray(
  client: Client,
  mesh: Mesh,
  value: ArraySpec | NdArray,
  layout: Layout,
): PlacedArray {
  const { dtype, shape } = value;
  const buffers = Array.from({ length: countDevices(mesh) }, (_, device) => {
    const block = blockOf(shape, layout, mesh, device);
    const part = isNdArray(value)
      ? cutBlock(value, block)
      : { dtype, shape: block.shape, data: allocate(dtype, sizeOf(block.shape)) };
    return client.put(part, device);
  });
  return { spec: { dtype, shape }, layout, buffers };
}

/** Begins to collect an array: each of its parts from the first device that has it. */
export function readPlaced(
  client: Client,
  mesh: Mesh,
  { spec, layout, buffers }: PlacedArray,
): PendingRead {
  const seen = new Set<string>();
  const parts = buffers.flatMap((buffer, device) => {
    const block = blockOf(spec.shape, layout, mesh, device);
    if (seen.has(String(block.starts))) return [];
    seen.add(String(block.starts));
    return [{ block, read: client.read(buffer) }];
  });
  return {
    wait: () =>
      joinBlocks(
        spec,
        parts.map(({ block, read }) => ({ block, value: read.wait() })),
      ),
  };
}

export function destroyPlaced(client: Client, { buffers }: PlacedArray): void {
  for (const buffer of buffers) client.destroy(buffer);
}

/** What one device has of an array. */
export function partSpec({ dtype, shape }: ArraySpec, layout: Layout, mesh: Mesh): ArraySpec {
  return { dtype, shape: blockOf(shape, layout, mesh, 0).shape };
}
