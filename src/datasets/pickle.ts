// Python's pickle format, protocol 2, for numbers, text and dictionaries: what pickletools.py of Python documents.

export type PickleValue = number | string | ReadonlyMap<PickleValue, PickleValue>;

const PROTO = 0x80;
const BININT = 0x4a;
const BINUNICODE = 0x58;
const EMPTY_DICT = 0x7d;
const MARK = 0x28;
const SETITEMS = 0x75;
const STOP = 0x2e;

/** The bytes that `pickle.load` makes the value of. Numbers are integers of 32 bits with a sign. */
export function pickle(value: PickleValue): Buffer {
  const pieces: Uint8Array[] = [Uint8Array.of(PROTO, 2)];
  append(pieces, value);
  pieces.push(Uint8Array.of(STOP));
  return Buffer.concat(pieces);
}

function append(pieces: Uint8Array[], value: PickleValue): void {
  if (typeof value === 'number') {
    if ((value | 0) !== value) throw new RangeError(`${value} is not a 32-bit integer`);
    const bytes = Buffer.alloc(5);
    bytes[0] = BININT;
    bytes.writeInt32LE(value, 1);
    pieces.push(bytes);
  } else if (typeof value === 'string') {
    const text = Buffer.from(value, 'utf8');
    const head = Buffer.alloc(5);
    head[0] = BINUNICODE;
    head.writeUInt32LE(text.length, 1);
    pieces.push(head, text);
  } else {
    pieces.push(Uint8Array.of(EMPTY_DICT, MARK));
    for (const [key, inner] of value) {
      append(pieces, key);
      append(pieces, inner);
    }
    pieces.push(Uint8Array.of(SETITEMS));
  }
}
