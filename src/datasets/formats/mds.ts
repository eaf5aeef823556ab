// `mds`: shards of MosaicML streaming, one sample per sequence, with the one column `tokens`.
// Layout: mosaicml/streaming, streaming/base/format/mds (version 2): number of samples (uint32), where each begins and the
// last ends (uint32), the columns as JSON, the samples. A column of one dtype and shape has no header of its own.

import { checkPieces, checkSize } from './check-bytes.ts';
import { FORMAT_EXTENSIONS, type FormatCodec, rowLength, type SequenceLayout } from './codec.ts';
import { encodeRows, openRawTokens, tokenBytes, withFileHandle } from './raw-tokens.ts';

/** Offsets are uint32. */
const MOST_BYTES = 2 ** 32 - 1;
/** Offsets that are written, or compared, at a time. */
const ENTRIES = 2 ** 16;

export const mdsCodec: FormatCodec = {
  extensions: FORMAT_EXTENSIONS.mds,
  mostRows: (layout) =>
    Math.floor((MOST_BYTES - 8 - columnsText(layout).length) / (sampleBytes(layout) + 4)),
  chooseDType: (ids) => (ids <= 2 ** 16 ? 'uint16' : 'uint32'),
  encodeBlock: encodeRows,
  startShard: (layout, sequences, [file]) => {
    for (const piece of headerPieces(layout, sequences)) file!.write(piece);
    return { append: ({ bytes }) => file!.write(bytes), finish: () => {} };
  },
  openShard: async (layout, sequences, [file]) => {
    const offset = await checkHeader(layout, sequences, file!);
    return openRawTokens(layout, sequences, file!, offset);
  },
};

function sampleBytes(layout: SequenceLayout): number {
  return rowLength(layout) * tokenBytes(layout.dtype);
}

/** How the column is described in shards and in index.json. */
function mdsColumns(layout: SequenceLayout) {
  return {
    column_encodings: [`ndarray:${layout.dtype}:${rowLength(layout)}`],
    column_names: ['tokens'],
    column_sizes: [sampleBytes(layout)],
  };
}

/** What is the same for every shard of a data set, in shards and in index.json. */
export function mdsSettings(layout: SequenceLayout) {
  return {
    ...mdsColumns(layout),
    compression: null,
    format: 'mds',
    hashes: ['sha256'],
    size_limit: null,
    version: 2,
  };
}

function columnsText(layout: SequenceLayout): string {
  return JSON.stringify(mdsSettings(layout));
}

/** Everything before the samples. */
function* headerPieces(layout: SequenceLayout, sequences: number) {
  const text = Buffer.from(columnsText(layout), 'latin1');
  const count = Buffer.alloc(4);
  count.writeUInt32LE(sequences);
  yield count;
  const begin = 4 + 4 * (sequences + 1) + text.length;
  const bytes = sampleBytes(layout);
  for (let first = 0; first <= sequences; first += ENTRIES) {
    const piece = Buffer.alloc(4 * Math.min(ENTRIES, sequences + 1 - first));
    for (let i = 0; i < piece.length / 4; i++) {
      piece.writeUInt32LE(begin + (first + i) * bytes, 4 * i);
    }
    yield piece;
  }
  yield text;
}

/** Where the samples begin; a UserError unless what is before them is what `headerPieces` makes. */
async function checkHeader(
  layout: SequenceLayout,
  sequences: number,
  file: string,
): Promise<number> {
  return withFileHandle(file, async (handle, size) => {
    const begin = 4 + 4 * (sequences + 1) + columnsText(layout).length;
    const expected = begin + sequences * sampleBytes(layout);
    checkSize(file, size, expected);
    return checkPieces(handle, file, headerPieces(layout, sequences), 'count, offsets or columns');
  });
}
