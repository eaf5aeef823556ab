// Small data sets for tests.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type GenerateOptions, generateDataset } from '../../src/datasets/index.ts';

/** A world whose sequences take no time and all differ: frames of 6 tokens, 18 ids. */
export const SMALL_WORLD = {
  colors: 2,
  grid: 4,
  temperature: 10,
  sequenceLength: 24,
  band: { kind: 'none' },
} as const;

/** 40 sequences in shards of 16, 16 and 8, unless told otherwise. */
export function makeSmallDataset(directory: string, changes: Partial<GenerateOptions> = {}) {
  return generateDataset({
    directory,
    tokens: 40 * 24,
    shardTokens: 16 * 24,
    seed: 5,
    world: SMALL_WORLD,
    workers: 1,
    ...changes,
  });
}

/** Every file of a folder, as base64. */
export function snapshotFolder(directory: string): Record<string, string> {
  const names = readdirSync(directory).sort();
  return Object.fromEntries(
    names.map((name) => [name, readFileSync(path.join(directory, name)).toString('base64')]),
  );
}
