// Tokens that are read where they lie: `.bin`, and `.npy` of one or two axes.
// Source of the latter: NumPy Enhancement Proposal 1, format versions 1.0 to 3.0.

import { closeSync, readSync } from 'node:fs';
import { UserError } from '../../core/index.ts';
import { openRegularFile } from '../../files/read-file.ts';
import { decodeIntegers, type IntegerDType, integerBytes } from './integers.ts';
import type { TokenFile, TokenFileOptions, TokenRows } from './token-file.ts';

const MAGIC = '\x93NUMPY';
/** NumPy itself writes headers of some hundred bytes. */
const LARGEST_HEADER_BYTES = 65_536;

type RawLayout = {
  readonly dtype: IntegerDType;
  /** Byte at which the tokens begin. */
  readonly offset: number;
  readonly tokens: number;
  readonly rows: TokenRows;
};

type OpenFile = { readonly file: string; readonly descriptor: number; readonly size: number };

/** @throws UserError if there is no such file, or its size is not a whole number of tokens */
export function openBinTokens(file: string, options: TokenFileOptions): TokenFile {
  const dtype = options.dtype ?? (options.vocabSize > 65_536 ? 'uint32' : 'uint16');
  return openRaw(file, ({ size }) => {
    const width = integerBytes(dtype);
    if (size % width !== 0) {
      throw new UserError(`${file} has ${size} bytes, which are not whole ${dtype} tokens`, {
        hint: 'set dtype to the type of its numbers',
      });
    }
    return { dtype, offset: 0, tokens: size / width, rows: { kind: 'stream' } };
  });
}

/** @throws UserError if there is no such file, or it holds no array of whole numbers with one or two axes */
export function openNpyTokens(file: string): TokenFile {
  return openRaw(file, readNpyLayout);
}

function openRaw(file: string, layOut: (open: OpenFile) => RawLayout): TokenFile {
  const open = { file, ...openRegularFile(file) };
  try {
    const { dtype, offset, tokens, rows } = layOut(open);
    const width = integerBytes(dtype);
    return {
      file,
      tokens,
      rows,
      isHeld: false,
      read: (first, count) =>
        decodeIntegers(dtype, readBytes(open, offset + first * width, count * width)),
      close: () => closeSync(open.descriptor),
    };
  } catch (error) {
    closeSync(open.descriptor);
    throw error;
  }
}

function readBytes({ file, descriptor }: OpenFile, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = readSync(descriptor, bytes, done, length - done, position + done);
    if (count === 0) throw damaged(file, `it ends at byte ${position + done}`);
    done += count;
  }
  return bytes;
}

function readNpyLayout(open: OpenFile): RawLayout {
  const { file, size } = open;
  if (size < 12) throw damaged(file, `it has ${size} bytes`);
  const start = Buffer.from(readBytes(open, 0, 12));
  if (start.toString('latin1', 0, 6) !== MAGIC) {
    throw damaged(file, 'its first bytes are not those of a NumPy array');
  }
  // Version 1 numbers the header's bytes in two bytes, later ones in four.
  const isFirst = start[6] === 1;
  const length = isFirst ? start.readUInt16LE(8) : start.readUInt32LE(8);
  const offset = (isFirst ? 10 : 12) + length;
  if (length > LARGEST_HEADER_BYTES || offset > size) {
    throw damaged(file, `its header claims ${length} bytes`);
  }
  const header = Buffer.from(readBytes(open, offset - length, length)).toString('latin1');
  const dtype = readDType(file, /'descr':\s*'([^']*)'/.exec(header)?.[1]);
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1]?.match(/\d+/g)?.map(Number) ?? [];
  const [count = 0, rowLength] = shape;
  if (shape.length !== 1 && shape.length !== 2) {
    throw new UserError(`${file} holds an array with ${shape.length} axes`, {
      hint: 'tokens have one axis, [tokens], or two, [rows, tokens]',
    });
  }
  if (rowLength !== undefined && /'fortran_order':\s*True/.test(header)) {
    throw new UserError(`${file} holds an array in Fortran order, column by column`, {
      hint: 'save np.ascontiguousarray(array)',
    });
  }
  const tokens = count * (rowLength ?? 1);
  const expected = offset + tokens * integerBytes(dtype);
  if (expected !== size) {
    throw damaged(
      file,
      `an array of ${shape.join(' by ')} takes ${expected} bytes, it has ${size}`,
    );
  }
  return {
    dtype,
    offset,
    tokens,
    rows: rowLength === undefined ? { kind: 'stream' } : { kind: 'equal', length: rowLength },
  };
}

const NPY_DTYPES: Readonly<Record<string, IntegerDType>> = {
  '|u1': 'uint8',
  '|i1': 'int8',
  '<u2': 'uint16',
  '<i2': 'int16',
  '<u4': 'uint32',
  '<i4': 'int32',
  '<u8': 'uint64',
  '<i8': 'int64',
};

function readDType(file: string, description = 'none'): IntegerDType {
  const dtype = NPY_DTYPES[description];
  if (dtype !== undefined) return dtype;
  throw new UserError(`${file} holds numbers of type ${description}`, {
    hint: "tokens are whole numbers, little-endian: save array.astype('<u2') or '<u4'",
  });
}

function damaged(file: string, problem: string): UserError {
  return new UserError(`${file} is not an intact file of tokens: ${problem}`);
}
