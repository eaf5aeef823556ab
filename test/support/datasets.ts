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

/** 40 sequences in shards of 16, 16 and 8, unless told otherwise; nanoGPT's in one file per split. */
export function makeSmallDataset(directory: string, changes: Partial<GenerateOptions> = {}) {
  return generateDataset({
    directory,
    tokens: 40 * 24,
    ...(changes.format === 'nanogpt' ? {} : { shardTokens: 16 * 24 }),
    seed: 5,
    world: SMALL_WORLD,
    workers: 1,
    ...changes,
  });
}

/** Every file of a folder and those below, as base64. */
export function snapshotFolder(directory: string): Record<string, string> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  return Object.fromEntries(
    files.map((file) => [path.relative(directory, file), readFileSync(file).toString('base64')]),
  );
}
