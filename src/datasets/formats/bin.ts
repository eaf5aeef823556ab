// `bin` and `nanogpt`: nothing but tokens, as nanoGPT maps them into memory.

import { FORMAT_EXTENSIONS, type FormatCodec, requireUint16 } from './codec.ts';
import { encodeRawTokens, openRawTokens } from './raw-tokens.ts';

export const binCodec: FormatCodec = {
  extensions: FORMAT_EXTENSIONS.bin,
  chooseDType: (ids) => (ids <= 2 ** 16 ? 'uint16' : 'uint32'),
  encodeBlock: ({ dtype }, tokens) => encodeRawTokens(dtype, tokens),
  startShard: (_layout, _sequences, [file]) => ({
    append: ({ bytes }) => file!.write(bytes),
    finish: () => {},
  }),
  openShard: (layout, sequences, [file]) => openRawTokens(layout, sequences, file!, 0),
};

/** The same, where every number is a uint16. */
export const nanogptCodec: FormatCodec = {
  ...binCodec,
  extensions: FORMAT_EXTENSIONS.nanogpt,
  chooseDType: (ids) => requireUint16('nanogpt', ids),
};
