// `jsonl`: a line a sequence, {"input_ids":[...],"labels":[...]}.

import {
  damagedFile,
  type FormatCodec,
  labelTokens,
  type SequenceLayout,
  type ShardReader,
} from './codec.ts';
import { checkSequences, openForReading, readExactly } from './raw-tokens.ts';

const NEWLINE = 10;
const SCAN_BYTES = 2 ** 20;

export const jsonlCodec: FormatCodec = {
  extensions: ['jsonl'],
  chooseDType: () => 'json',
  encodeBlock: (layout, tokens) => {
    const labels = labelTokens(layout, tokens);
    const lines: string[] = [];
    for (let at = 0; at < tokens.length; at += layout.sequenceLength) {
      const end = at + layout.sequenceLength;
      const input = tokens.subarray(at, end).join(',');
      lines.push(`{"input_ids":[${input}],"labels":[${labels.subarray(at, end).join(',')}]}\n`);
    }
    return { bytes: Buffer.from(lines.join(''), 'latin1') };
  },
  startShard: (_layout, _sequences, [file]) => ({
    append: ({ bytes }) => file!.write(bytes),
    finish: () => {},
  }),
  openShard: openJsonl,
};

async function openJsonl(
  layout: SequenceLayout,
  sequences: number,
  paths: readonly string[],
): Promise<ShardReader> {
  const file = paths[0]!;
  const handle = await openForReading(file);
  let starts: Float64Array | undefined;

  /** Byte offsets of the lines and of the file's end. */
  async function findLines(): Promise<Float64Array> {
    const { size } = await handle.stat();
    const found = new Float64Array(sequences + 1);
    let lines = 0;
    for (let at = 0; at < size; at += SCAN_BYTES) {
      const bytes = await readExactly(handle, file, at, Math.min(SCAN_BYTES, size - at));
      for (let i = bytes.indexOf(NEWLINE); i >= 0; i = bytes.indexOf(NEWLINE, i + 1)) {
        lines++;
        if (lines <= sequences) found[lines] = at + i + 1;
      }
    }
    if (lines !== sequences || found[sequences] !== size) {
      const rest = lines === sequences ? ' and a rest' : '';
      throw damagedFile(file, `it has ${lines} lines${rest}, the manifest says ${sequences}`);
    }
    return found;
  }

  async function readColumn(
    column: 'input_ids' | 'labels',
    first: number,
    count: number,
  ): Promise<Int32Array> {
    checkSequences(first, count, sequences);
    starts ??= await findLines();
    const { sequenceLength } = layout;
    const out = new Int32Array(count * sequenceLength);
    for (let i = 0; i < count; i++) {
      const begin = starts[first + i]!;
      const bytes = await readExactly(handle, file, begin, starts[first + i + 1]! - begin);
      const values = parseLine(bytes.toString('utf8'), column, `${file}:${first + i + 1}`);
      if (values.length !== sequenceLength) {
        const found = `${values.length} numbers in "${column}"`;
        throw damagedFile(`${file}:${first + i + 1}`, `${found}, not ${sequenceLength}`);
      }
      out.set(values, i * sequenceLength);
    }
    return out;
  }

  try {
    // Found now, a truncated file costs nobody an hour of training.
    starts = await findLines();
  } catch (error) {
    await handle.close();
    throw error;
  }
  return {
    read: (first, count) => readColumn('input_ids', first, count),
    readLabels: (first, count) => readColumn('labels', first, count),
    close: () => handle.close(),
  };
}

function parseLine(text: string, column: string, place: string): readonly number[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damagedFile(place, 'not JSON', error);
  }
  const numbers = (value as Record<string, unknown> | null)?.[column];
  if (!Array.isArray(numbers) || !numbers.every(isInt32)) {
    throw damagedFile(place, `no list of whole numbers "${column}"`);
  }
  return numbers as number[];
}

function isInt32(value: unknown): boolean {
  return typeof value === 'number' && (value | 0) === value;
}
