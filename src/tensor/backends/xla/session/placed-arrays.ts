// Arrays that lie on the devices of a mesh.

import {
  type ArraySpec,
  allocate,
  isNdArray,
  type NdArray,
  sizeOf,
} from '../../../../core/index.ts';
import type { Mesh } from '../../../mesh.ts';
import { blockOf, cutBlock, joinBlocks } from '../blocks.ts';
import type { Layout } from '../layouts.ts';
import type { Client, DeviceBuffer, PendingRead } from './client.ts';

/** A mesh, and which of its devices are this process's. */
export type OwnDevices = {
  readonly mesh: Mesh;
  /** Their places on the mesh, in order; all of them where there is one process. */
  readonly own: readonly number[];
};

/** An array on the devices of a mesh, each of which has its part. */
export type PlacedArray = {
  readonly spec: ArraySpec;
  readonly layout: Layout;
  /** In the order of this process's devices. */
  readonly buffers: readonly DeviceBuffer[];
};

/** Spreads an array over the devices of this process; zeros where there are no data. */
export function placeArray(
  client: Pick<Client, 'put'>,
  { mesh, own }: OwnDevices,
  value: ArraySpec | NdArray,
  layout: Layout,
): PlacedArray {
  const { dtype, shape } = value;
  const buffers = own.map((place, device) => {
    const block = blockOf(shape, layout, mesh, place);
    const part = isNdArray(value)
      ? cutBlock(value, block)
      : { dtype, shape: block.shape, data: allocate(dtype, sizeOf(block.shape)) };
    return client.put(part, device);
  });
  return { spec: { dtype, shape }, layout, buffers };
}

/** Whether the devices of this process have all parts of an array. */
export function isWholeHere(
  { spec, layout }: Pick<PlacedArray, 'spec' | 'layout'>,
  { mesh, own }: OwnDevices,
): boolean {
  const parts = layout.flat().reduce((product, name) => product * mesh[name], 1);
  const here = own.map((place) => String(blockOf(spec.shape, layout, mesh, place).starts));
  return new Set(here).size === parts;
}

/** Begins to collect an array that is whole here: each of its parts from the first device that has it. */
export function readPlaced(
  client: Pick<Client, 'read'>,
  { mesh, own }: OwnDevices,
  { spec, layout, buffers }: PlacedArray,
): PendingRead {
  const seen = new Set<string>();
  const parts = buffers.flatMap((buffer, device) => {
    const block = blockOf(spec.shape, layout, mesh, own[device]!);
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
