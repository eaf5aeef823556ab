// `jsonl`: one line per sequence, {"input_ids":[...],"labels":[...]}.

import {
  damagedFile,
  FORMAT_EXTENSIONS,
  type FormatCodec,
  labelTokens,
  type SequenceLayout,
  type ShardReader,
} from './codec.ts';
import { checkSequences, openForReading, readExactly } from './raw-tokens.ts';

const NEWLINE = 10;
const SCAN_BYTES = 2 ** 20;
/** A 32-bit number with its sign, a comma, and white space that another writer may have put there. */
const MAX_NUMBER_BYTES = 32;

export const jsonlCodec: FormatCodec = {
  extensions: FORMAT_EXTENSIONS.jsonl,
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
  const maxLineBytes = 1024 + MAX_NUMBER_BYTES * 2 * layout.sequenceLength;
  let starts: Float64Array | undefined;

  /** Byte offsets of the lines and of the file's end. */
  async function findLines(): Promise<Float64Array> {
    const { size } = await handle.stat();
    // A number and what follows it.
    const minBytes = sequences * 2 * layout.sequenceLength;
    if (size < minBytes) {
      throw damagedFile(file, `it has ${size} bytes, too few for ${sequences} lines: truncated`);
    }
    const found = new Float64Array(sequences + 1);
    let lines = 0;
    let lineStart = 0;
    for (let at = 0; at < size; at += SCAN_BYTES) {
      const bytes = await readExactly(handle, file, at, Math.min(SCAN_BYTES, size - at));
      for (let i = bytes.indexOf(NEWLINE); i >= 0; i = bytes.indexOf(NEWLINE, i + 1)) {
        lines++;
        lineStart = at + i + 1;
        if (lines <= sequences) found[lines] = lineStart;
      }
      if (at + bytes.length - lineStart > maxLineBytes) {
        throw damagedFile(file, `line ${lines + 1} has more than ${maxLineBytes} bytes`);
      }
    }
    if (lines !== sequences || found[sequences] !== size) {
      const rest = lines === sequences ? ' and part of another' : '';
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
  const isRow = typeof value === 'object' && value !== null && Object.hasOwn(value, column);
  const numbers = isRow ? (value as Record<string, unknown>)[column] : undefined;
  if (!Array.isArray(numbers) || !numbers.every(isInt32)) {
    throw damagedFile(place, `no list of whole numbers "${column}"`);
  }
  return numbers as number[];
}

function isInt32(value: unknown): boolean {
  return typeof value === 'number' && (value | 0) === value;
}
