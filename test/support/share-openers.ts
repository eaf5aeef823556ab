// Openers of shards that the tests of a file share.

import { afterAll } from 'vitest';
import type { DatasetFormat, ShardOpener } from '../../src/datasets/formats/codec.ts';
import { createShardOpener } from '../../src/datasets/formats/load-codec.ts';

/** One opener per format, closed after the tests: those of Parquet share a process. */
export function shareOpeners(): (format: DatasetFormat) => Promise<ShardOpener> {
  const openers = new Map<DatasetFormat, ShardOpener>();
  afterAll(() => {
    for (const opener of openers.values()) opener.close();
  });
  return async (format) => {
    const opener = openers.get(format) ?? (await createShardOpener(format));
    openers.set(format, opener);
    return opener;
  };
}
