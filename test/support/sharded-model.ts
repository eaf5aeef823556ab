// Weights in several files with an index, as transformers writes large models.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { NdArray } from '../../src/core/index.ts';
import { formatJson } from '../../src/files/json.ts';
import { writeSafetensors } from '../../src/files/safetensors.ts';
import { type LlamaParams, namedTensors } from '../../src/nn/index.ts';

/** What `model.safetensors.index.json` holds. */
export type ShardIndex = {
  readonly metadata: Record<string, unknown>;
  weight_map: Record<string, unknown>;
};

export const INDEX_FILE = 'model.safetensors.index.json';

const pad = (n: number) => String(n).padStart(5, '0');
export const shardNames = (count: number) =>
  Array.from({ length: count }, (_, i) => `model-${pad(i + 1)}-of-${pad(count)}.safetensors`);

/** Writes the parameters to `count` files and their index; the tensors are shared out evenly. */
export function writeShardedModel(
  directory: string,
  params: LlamaParams<NdArray>,
  count: number,
): void {
  const names = shardNames(count);
  const tensors = Object.entries(namedTensors(params));
  const shardOf = (i: number) => names[Math.floor((count * i) / tensors.length)]!;
  for (const shard of names) {
    const inIt = tensors.filter((_, i) => shardOf(i) === shard);
    writeSafetensors(path.join(directory, shard), Object.fromEntries(inIt));
  }
  const bytes = tensors.reduce((sum, [, { data }]) => sum + data.byteLength, 0);
  const index: ShardIndex = {
    metadata: { total_parameters: bytes / 4, total_size: bytes },
    weight_map: Object.fromEntries(tensors.map(([name], i) => [name, shardOf(i)])),
  };
  writeFileSync(path.join(directory, INDEX_FILE), formatJson(index));
}
