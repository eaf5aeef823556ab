// `npy`: one flat array a file, the sequences one after the other.
// Source: NumPy Enhancement Proposal 1, format version 1.0.

import {
  damagedFile,
  FORMAT_EXTENSIONS,
  type FormatCodec,
  type SequenceLayout,
  type TokenDType,
} from './codec.ts';
import { encodeRawTokens, openRawTokens, readExactly, withFileHandle } from './raw-tokens.ts';

const MAGIC = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]);
/** Magic, version 1.0, two bytes of header length. */
const PREAMBLE_BYTES = 10;
/** The data begin at a multiple of this. */
const ALIGNMENT = 64;
const DESCRIPTIONS: Partial<Record<TokenDType, string>> = { uint16: '<u2', uint32: '<u4' };

export const npyCodec: FormatCodec = {
  extensions: FORMAT_EXTENSIONS.npy,
  chooseDType: (ids) => (ids <= 2 ** 16 ? 'uint16' : 'uint32'),
  encodeBlock: ({ dtype }, tokens) => encodeRawTokens(dtype, tokens),
  startShard: (layout, sequences, [file]) => {
    file!.write(npyHeader(layout, sequences));
    return { append: ({ bytes }) => file!.write(bytes), finish: () => {} };
  },
  openShard: async (layout, sequences, [file]) => {
    const offset = await readNpyHeader(layout, sequences, file!);
    return openRawTokens(layout, sequences, file!, offset);
  },
};

function npyHeader({ dtype, sequenceLength }: SequenceLayout, sequences: number): Buffer {
  const text =
    `{'descr': '${DESCRIPTIONS[dtype]}', 'fortran_order': False, ` +
    `'shape': (${sequences * sequenceLength},), }`;
  const unpadded = PREAMBLE_BYTES + text.length + 1;
  const header = `${text}${' '.repeat((ALIGNMENT - (unpadded % ALIGNMENT)) % ALIGNMENT)}\n`;
  const preamble = Buffer.from([...MAGIC, 1, 0, header.length & 255, header.length >> 8]);
  return Buffer.concat([preamble, Buffer.from(header, 'latin1')]);
}

/** Where the data begin; a UserError unless the header describes these sequences. */
async function readNpyHeader(
  { dtype, sequenceLength }: SequenceLayout,
  sequences: number,
  file: string,
): Promise<number> {
  return withFileHandle(file, async (handle, size) => {
    if (size < PREAMBLE_BYTES) throw damagedFile(file, `truncated: it has ${size} bytes`);
    const preamble = await readExactly(handle, file, 0, PREAMBLE_BYTES);
    if (!preamble.subarray(0, MAGIC.length).equals(MAGIC)) {
      throw damagedFile(file, 'not a NumPy file: its first bytes differ');
    }
    if (preamble[6] !== 1 || preamble[7] !== 0) {
      throw damagedFile(file, `version ${preamble[6]}.${preamble[7]} of the NumPy format, not 1.0`);
    }
    const length = preamble.readUInt16LE(8);
    const text = (await readExactly(handle, file, PREAMBLE_BYTES, length)).toString('latin1');
    const found = {
      descr: /'descr':\s*'([^']*)'/.exec(text)?.[1],
      fortran: /'fortran_order':\s*(True|False)/.exec(text)?.[1],
      shape: /'shape':\s*\(([\d,\s]*)\)/.exec(text)?.[1]?.match(/\d+/g)?.map(Number),
    };
    const wanted = `${DESCRIPTIONS[dtype]} (${sequences * sequenceLength})`;
    // Earlier versions wrote rows; the bytes after the header are the same.
    const rows = `${DESCRIPTIONS[dtype]} (${sequences}, ${sequenceLength})`;
    const described = `${found.descr} (${found.shape?.join(', ')})`;
    if (found.fortran !== 'False' || (described !== wanted && described !== rows)) {
      throw damagedFile(file, `its header describes ${described}, the manifest ${wanted}`);
    }
    return PREAMBLE_BYTES + length;
  });
}
