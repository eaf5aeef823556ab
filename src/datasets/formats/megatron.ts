// `megatron`: tokens in .bin, where each sequence lies in .idx (MMapIndexedDataset of Megatron-LM, index version 1).

import { checkPieces, checkSize } from './check-bytes.ts';
import {
  damagedFile,
  FORMAT_EXTENSIONS,
  type FormatCodec,
  rowLength,
  type SequenceLayout,
  type TokenDType,
} from './codec.ts';
import {
  encodeRows,
  openRawTokens,
  readExactly,
  tokenBytes,
  withFileHandle,
} from './raw-tokens.ts';

const MAGIC = Buffer.from('MMIDIDX\0\0', 'latin1');
const VERSION = 1n;
/** Codes of the index for the token's type. */
const DTYPE_CODES: Partial<Record<TokenDType, number>> = { uint16: 8, int32: 4 };
/** Magic, version, dtype code, number of sequences, number of entries in the list of documents. */
const HEADER_BYTES = MAGIC.length + 8 + 1 + 8 + 8;

export const megatronCodec: FormatCodec = {
  extensions: FORMAT_EXTENSIONS.megatron,
  chooseDType: (ids) => (ids <= 2 ** 16 ? 'uint16' : 'int32'),
  encodeBlock: encodeRows,
  startShard: (layout, sequences, [tokens, index]) => ({
    append: ({ bytes }) => tokens!.write(bytes),
    finish: () => {
      for (const piece of indexPieces(layout, sequences)) index!.write(piece);
    },
  }),
  openShard: async (layout, sequences, [tokens, index]) => {
    await checkIndex(layout, sequences, index!);
    return openRawTokens(layout, sequences, tokens!, 0);
  },
};

/** Entries of the index that are written, or compared, at a time. */
const ENTRIES = 2 ** 16;

function indexBytes(sequences: number): number {
  return HEADER_BYTES + 4 * sequences + 8 * sequences + 8 * (sequences + 1);
}

/**
 * The whole index in pieces: header, lengths (int32), byte offsets (int64), and the list of documents (int64), where
 * document d is sequences list[d] .. list[d + 1] - 1; here each sequence is one.
 */
function* indexPieces(layout: SequenceLayout, sequences: number) {
  const { dtype } = layout;
  const length = rowLength(layout);
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  let at = header.writeBigUInt64LE(VERSION, MAGIC.length);
  at = header.writeUInt8(DTYPE_CODES[dtype]!, at);
  at = header.writeBigUInt64LE(BigInt(sequences), at);
  header.writeBigUInt64LE(BigInt(sequences + 1), at);
  yield header;
  const rowBytes = length * tokenBytes(dtype);
  for (let first = 0; first < sequences; first += ENTRIES) {
    const piece = Buffer.alloc(4 * Math.min(ENTRIES, sequences - first));
    for (let i = 0; i < piece.length; i += 4) piece.writeInt32LE(length, i);
    yield piece;
  }
  const numbers = function* (count: number, scale: number) {
    for (let first = 0; first < count; first += ENTRIES) {
      const piece = Buffer.alloc(8 * Math.min(ENTRIES, count - first));
      for (let i = 0; i < piece.length / 8; i++) {
        piece.writeBigInt64LE(BigInt(first + i) * BigInt(scale), 8 * i);
      }
      yield piece;
    }
  };
  yield* numbers(sequences, rowBytes);
  yield* numbers(sequences + 1, 1);
}

/** A UserError unless the index is the one that `indexPieces` makes; it says what differs. */
async function checkIndex(layout: SequenceLayout, sequences: number, file: string): Promise<void> {
  await withFileHandle(file, async (handle, size) => {
    const bytes = await readExactly(handle, file, 0, Math.min(size, HEADER_BYTES));
    if (!bytes.subarray(0, MAGIC.length).equals(MAGIC.subarray(0, bytes.length))) {
      throw damagedFile(file, 'not an index of Megatron-LM: its first bytes differ');
    }
    if (size < HEADER_BYTES) throw damagedFile(file, `truncated: it has ${size} bytes`);
    const version = bytes.readBigUInt64LE(MAGIC.length);
    if (version !== VERSION) throw damagedFile(file, `index version ${version}, not ${VERSION}`);
    const code = bytes.readUInt8(MAGIC.length + 8);
    if (code !== DTYPE_CODES[layout.dtype]) {
      throw damagedFile(file, `dtype code ${code}, not ${DTYPE_CODES[layout.dtype]}`);
    }
    const count = bytes.readBigUInt64LE(MAGIC.length + 9);
    if (count !== BigInt(sequences)) {
      throw damagedFile(file, `it lists ${count} sequences, the manifest ${sequences}`);
    }
    checkSize(file, size, indexBytes(sequences));
    await checkPieces(
      handle,
      file,
      indexPieces(layout, sequences),
      'lengths, offsets or documents',
    );
  });
}
