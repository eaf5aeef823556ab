// Readers of data sets for other trainers, written from the documented layouts and not from this project's writers.

import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Sequences of a split of a folder of MosaicML streaming (index version 2), by `index.json`. */
export function readMds(folder: string): number[][] {
  const { version, shards } = JSON.parse(readFileSync(path.join(folder, 'index.json'), 'utf8'));
  if (version !== 2) throw new Error(`version ${version}`);
  return (shards as Record<string, never>[]).flatMap((shard) => {
    const { column_names, column_encodings, column_sizes, raw_data, samples, format } = shard as {
      column_names: string[];
      column_encodings: string[];
      column_sizes: number[];
      raw_data: { basename: string; bytes: number };
      samples: number;
      format: string;
    } & typeof shard;
    if (format !== 'mds' || column_names.join() !== 'tokens') throw new Error('other columns');
    const [, dtype, shape] = /^ndarray:(uint16|uint32):(\d+)$/.exec(column_encodings[0]!)!;
    const bytes = readFileSync(path.join(folder, raw_data.basename));
    if (bytes.length !== raw_data.bytes) throw new Error(`${bytes.length} bytes`);
    if (bytes.readUInt32LE(0) !== samples) throw new Error('another number of samples');
    // The shard describes its columns itself, between the offsets and the first sample.
    const first = bytes.readUInt32LE(4);
    const config = JSON.parse(bytes.subarray(4 * (samples + 2), first).toString('utf8'));
    if (config.column_encodings[0] !== column_encodings[0]) throw new Error('columns differ');
    return Array.from({ length: samples }, (_, i) => {
      const [begin, end] = [0, 1].map((next) => bytes.readUInt32LE(4 * (1 + i + next)));
      if (end! - begin! !== column_sizes[0]) throw new Error('a sample of another size');
      const values = integers(bytes.subarray(begin, end), dtype === 'uint16' ? 2 : 4);
      if (values.length !== Number(shape)) throw new Error('a sample of another shape');
      return values;
    });
  });
}

/** Documents of a prefix of Megatron-LM (`PREFIX.bin`, `PREFIX.idx`). */
export function readMegatron(prefix: string): number[][] {
  const index = readFileSync(`${prefix}.idx`);
  if (index.subarray(0, 9).toString('latin1') !== 'MMIDIDX\0\0') throw new Error('another header');
  if (index.readBigUInt64LE(9) !== 1n) throw new Error('another version');
  const width = { 4: 4, 8: 2 }[index.readUInt8(17)];
  if (width === undefined) throw new Error('another dtype');
  const sequences = Number(index.readBigUInt64LE(18));
  const ends = Number(index.readBigUInt64LE(26));
  const [lengths, pointers] = [34, 34 + 4 * sequences];
  const documents = pointers + 8 * sequences;
  if (index.length !== documents + 8 * ends) throw new Error('another length');
  const data = readFileSync(`${prefix}.bin`);
  const sequence = (i: number) => {
    const begin = Number(index.readBigInt64LE(pointers + 8 * i));
    const length = index.readInt32LE(lengths + 4 * i);
    return integers(data.subarray(begin, begin + length * width), width);
  };
  const endOf = (document: number) => Number(index.readBigInt64LE(documents + 8 * document));
  return Array.from({ length: ends - 1 }, (_, document) => {
    const count = endOf(document + 1) - endOf(document);
    return Array.from({ length: count }, (_, i) => sequence(endOf(document) + i)).flat();
  });
}

/** Tokens of files of llm.c: 256 int32, of which the third counts the uint16 that follow. */
export function readLlmc(files: readonly string[]): number[][] {
  return files.map((file) => {
    const bytes = readFileSync(file);
    if (bytes.readInt32LE(0) !== 20240520 || bytes.readInt32LE(4) !== 1) throw new Error('magic');
    const tokens = integers(bytes.subarray(1024), 2);
    if (tokens.length !== bytes.readInt32LE(8)) throw new Error('another count');
    return tokens;
  });
}

/** Inputs and targets of the windows of llm.c's loader: `length` tokens every `length`, each with the next as target. */
export function llmcWindows(tokens: readonly number[], length: number) {
  const count = Math.floor((tokens.length - 1) / length);
  return Array.from({ length: count }, (_, i) => ({
    inputs: tokens.slice(i * length, (i + 1) * length),
    targets: tokens.slice(i * length + 1, (i + 1) * length + 1),
  }));
}

function integers(bytes: Uint8Array, width: number): number[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / width }, (_, i) => view.readUIntLE(i * width, width));
}
