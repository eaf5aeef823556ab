// The idx format of the MNIST files (LeCun et al.): a big-endian header of sizes, then bytes.

import { ungzip } from 'pako';
import { sizeOf, UserError } from '../../core/index.ts';

/** Bytes with their sizes, outermost first. */
export type IdxArray = { readonly shape: readonly number[]; readonly data: Uint8Array };

const UNSIGNED_BYTE = 8;

/**
 * An idx file of unsigned bytes, packed by gzip or not.
 *
 * @throws UserError when the bytes are no such file, or fewer or more than the header says
 */
export function parseIdx(bytes: Uint8Array, name = 'the file'): IdxArray {
  const fail = (what: string): never => {
    throw new UserError(`${name}: ${what}`, {
      hint: 'give an idx file of unsigned bytes, such as train-images-idx3-ubyte.gz',
    });
  };
  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? unpack(bytes, fail) : bytes;
  const rank = plain[3] ?? 0;
  const isIdx = plain[0] === 0 && plain[1] === 0 && plain[2] === UNSIGNED_BYTE && rank > 0;
  const headerBytes = 4 + 4 * rank;
  if (!isIdx || plain.length < headerBytes) return fail('this is no idx file of unsigned bytes');
  const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength);
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const data = plain.subarray(headerBytes);
  if (data.length !== sizeOf(shape)) {
    fail(`the header says ${shape.join(' × ')} bytes, the file has ${data.length}`);
  }
  return { shape, data };
}

function unpack(bytes: Uint8Array, fail: (what: string) => never): Uint8Array {
  try {
    return ungzip(bytes);
  } catch {
    return fail('it is packed by gzip, and damaged');
  }
}
