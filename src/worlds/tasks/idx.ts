// The idx format of the MNIST files (LeCun et al.): a big-endian header of sizes, then bytes.

import { Inflate } from 'pako';
import { sizeOf, UserError } from '../../core/index.ts';

/** Bytes with their sizes, outermost first. */
export type IdxArray = { readonly shape: readonly number[]; readonly data: Uint8Array };

const UNSIGNED_BYTE = 8;
/** Of a set when unpacked: images of the largest published set in this format have 50 MB. */
const MAX_BYTES = 2 ** 30;

/**
 * An idx file of unsigned bytes, packed by gzip or not. Of a packed one, no more is unpacked than its header says.
 *
 * @throws UserError if the bytes are no such file, fewer or more than the header says, or more than a gibibyte
 */
export function parseIdx(bytes: Uint8Array, name = 'the file'): IdxArray {
  const fail = (what: string): never => {
    throw new UserError(`${name}: ${what}`, {
      hint: 'give an idx file of unsigned bytes, such as train-images-idx3-ubyte.gz',
    });
  };
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const plain = isPacked ? unpack(bytes, fail) : bytes;
  const header = readHeader(plain);
  if (header === undefined) return fail('this is not an idx file of unsigned bytes');
  const data = plain.subarray(header.bytes);
  if (data.length !== sizeOf(header.shape)) {
    fail(`the header says ${header.shape.join(' × ')} bytes, the file has ${data.length}`);
  }
  return { shape: header.shape, data };
}

/** What the first bytes say; undefined if they are no whole header. */
function readHeader(
  bytes: Uint8Array,
): { readonly shape: readonly number[]; readonly bytes: number } | undefined {
  const rank = bytes[3] ?? 0;
  const isIdx = bytes[0] === 0 && bytes[1] === 0 && bytes[2] === UNSIGNED_BYTE && rank > 0;
  const headerBytes = 4 + 4 * rank;
  if (!isIdx || bytes.length < headerBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    shape: Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i)),
    bytes: headerBytes,
  };
}

function unpack(bytes: Uint8Array, fail: (what: string) => never): Uint8Array {
  const inflate = new Inflate();
  const chunks: Uint8Array[] = [];
  let length = 0;
  let expected: number | undefined;
  let ended = false;
  inflate.onData = (chunk) => {
    chunks.push(chunk as Uint8Array);
    length += (chunk as Uint8Array).length;
    if (expected === undefined) {
      // The first chunk has 64 KiB, or is all there is.
      const header = readHeader(chunk as Uint8Array);
      if (header === undefined) return fail('this is not an idx file of unsigned bytes');
      expected = header.bytes + sizeOf(header.shape);
      if (!(expected <= MAX_BYTES)) fail(`its ${header.shape.join(' × ')} bytes are too many`);
    }
    if (length > expected) fail(`it unpacks to more than the ${expected} bytes of its header`);
  };
  inflate.onEnd = (status) => {
    ended = status === 0;
  };
  inflate.push(bytes, true);
  if (!ended || inflate.err) return fail('it is packed by gzip, and damaged or cut short');
  const plain = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    plain.set(chunk, at);
    at += chunk.length;
  }
  return plain;
}
