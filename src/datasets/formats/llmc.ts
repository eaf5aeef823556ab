// `llmc`: the token files of llm.c, which modded-nanogpt reads too: 256 int32 of header, then uint16 tokens.
// Layout: llm.c, dev/data/data_common.py and llmc/dataloader.h.

import {
  damagedFile,
  FORMAT_EXTENSIONS,
  type FormatCodec,
  requireUint16,
  rowLength,
  type SequenceLayout,
} from './codec.ts';
import { encodeRows, openRawTokens, readExactly, withFileHandle } from './raw-tokens.ts';

const MAGIC = 20_240_520;
const VERSION = 1;
const HEADER_BYTES = 256 * 4;
/** The count of tokens is an int32. */
const MOST_TOKENS = 2 ** 31 - 1;

/** The token in front of documents that modded-nanogpt looks for: GPT-2's end of text. */
export const GPT2_END_OF_TEXT = 50_256;

export const llmcCodec: FormatCodec = {
  extensions: FORMAT_EXTENSIONS.llmc,
  mostRows: (layout) => Math.floor(MOST_TOKENS / rowLength(layout)),
  chooseDType: (ids) => requireUint16('llmc', ids),
  encodeBlock: encodeRows,
  startShard: (layout, sequences, [file]) => {
    file!.write(makeHeader(layout, sequences));
    return { append: ({ bytes }) => file!.write(bytes), finish: () => {} };
  },
  openShard: async (layout, sequences, [file]) => {
    await checkHeader(layout, sequences, file!);
    return openRawTokens(layout, sequences, file!, HEADER_BYTES);
  },
};

function makeHeader(layout: SequenceLayout, sequences: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeInt32LE(MAGIC, 0);
  header.writeInt32LE(VERSION, 4);
  header.writeInt32LE(sequences * rowLength(layout), 8);
  return header;
}

async function checkHeader(layout: SequenceLayout, sequences: number, file: string): Promise<void> {
  await withFileHandle(file, async (handle, size) => {
    if (size < HEADER_BYTES) throw damagedFile(file, `truncated: it has ${size} bytes`);
    const header = await readExactly(handle, file, 0, HEADER_BYTES);
    const [magic, version, tokens] = [0, 4, 8].map((at) => header.readInt32LE(at));
    if (magic !== MAGIC)
      throw damagedFile(file, 'not a token file of llm.c: its magic number differs');
    if (version !== VERSION) throw damagedFile(file, `version ${version} of llm.c, not ${VERSION}`);
    const wanted = sequences * rowLength(layout);
    if (tokens !== wanted) {
      throw damagedFile(file, `its header counts ${tokens} tokens, the manifest ${wanted}`);
    }
  });
}
