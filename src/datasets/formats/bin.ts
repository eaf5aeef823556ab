// `bin`: nothing but tokens, as nanoGPT maps them into memory.

import { FORMAT_EXTENSIONS, type FormatCodec } from './codec.ts';
import { encodeRawTokens, openRawTokens } from './raw-tokens.ts';

export const binCodec: FormatCodec = {
  extensions: FORMAT_EXTENSIONS.bin,
  chooseDType: (vocabSize) => (vocabSize <= 2 ** 16 ? 'uint16' : 'uint32'),
  encodeBlock: ({ dtype }, tokens) => encodeRawTokens(dtype, tokens),
  startShard: (_layout, _sequences, [file]) => ({
    append: ({ bytes }) => file!.write(bytes),
    finish: () => {},
  }),
  openShard: (layout, sequences, [file]) => openRawTokens(layout, sequences, file!, 0),
};
