// Several devices as a mesh, and how arrays lie on it.

import type { ParamSpec } from '../core/index.ts';

/** Numbers of devices in two directions: rows of batches are spread over `data`, heads and columns of layers over `model`. */
export type Mesh = { readonly data: number; readonly model: number };

export type MeshAxis = keyof Mesh;

/** How a program is spread over devices. */
export type Spread = {
  readonly mesh: Mesh;
  /** Whether parameters and the optimizer's moments are spread over `data` too (ZeRO-3, Rajbhandari et al. 2020). */
  readonly shard: boolean;
};

export const ONE_DEVICE: Spread = { mesh: { data: 1, model: 1 }, shard: false };

export function countDevices({ data, model }: Mesh): number {
  return data * model;
}

/** What an array is for, as far as it says how to spread it over devices. */
export type Placement = Partial<Pick<ParamSpec, 'role' | 'part' | 'heads'>> & {
  /** Whether its first axis is that of a batch. */
  readonly batched?: boolean;
};
