// `megatron`: tokens in .bin, where each sequence lies in .idx (MMapIndexedDataset of Megatron-LM, index version 1).

import { damagedFile, type FormatCodec, type SequenceLayout, type TokenDType } from './codec.ts';
import {
  encodeRawTokens,
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
  extensions: ['bin', 'idx'],
  chooseDType: (vocabSize) => (vocabSize <= 2 ** 16 ? 'uint16' : 'int32'),
  encodeBlock: ({ dtype }, tokens) => encodeRawTokens(dtype, tokens),
  startShard: (layout, sequences, [tokens, index]) => ({
    append: ({ bytes }) => tokens!.write(bytes),
    finish: () => index!.write(makeIndex(layout, sequences)),
  }),
  openShard: async (layout, sequences, [tokens, index]) => {
    await checkIndex(layout, sequences, index!);
    return openRawTokens(layout, sequences, tokens!, 0);
  },
};

/**
 * The whole index: header, lengths (int32), byte offsets (int64), and the list of documents (int64), where document d
 * is sequences list[d] .. list[d + 1] - 1; here each sequence is one.
 */
function makeIndex({ dtype, sequenceLength }: SequenceLayout, sequences: number): Buffer {
  const index = Buffer.alloc(HEADER_BYTES + 4 * sequences + 8 * sequences + 8 * (sequences + 1));
  MAGIC.copy(index);
  let at = index.writeBigUInt64LE(VERSION, MAGIC.length);
  at = index.writeUInt8(DTYPE_CODES[dtype]!, at);
  at = index.writeBigUInt64LE(BigInt(sequences), at);
  at = index.writeBigUInt64LE(BigInt(sequences + 1), at);
  for (let i = 0; i < sequences; i++) at = index.writeInt32LE(sequenceLength, at);
  const rowBytes = sequenceLength * tokenBytes(dtype);
  for (let i = 0; i < sequences; i++) at = index.writeBigInt64LE(BigInt(i * rowBytes), at);
  for (let i = 0; i <= sequences; i++) at = index.writeBigInt64LE(BigInt(i), at);
  return index;
}

/** A UserError unless the index is the one that `makeIndex` makes; it says what differs. */
async function checkIndex(layout: SequenceLayout, sequences: number, file: string): Promise<void> {
  const expected = makeIndex(layout, sequences);
  await withFileHandle(file, async (handle, size) => {
    const bytes = await readExactly(handle, file, 0, Math.min(size, expected.length));
    if (!bytes.subarray(0, MAGIC.length).equals(MAGIC.subarray(0, bytes.length))) {
      throw damagedFile(file, 'not an index of Megatron-LM: its first bytes are others');
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
    if (size !== expected.length) {
      const problem = size < expected.length ? 'truncated' : 'too long';
      throw damagedFile(file, `it has ${size} bytes, not ${expected.length}: ${problem}`);
    }
    const differing = bytes.findIndex((byte, i) => byte !== expected[i]);
    if (differing >= 0) {
      throw damagedFile(file, `damaged at byte ${differing}: lengths, offsets or documents differ`);
    }
  });
}
