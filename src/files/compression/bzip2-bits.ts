// The bits of bzip2 data, and its Huffman codes.

/** Codes have at most this many bits. */
const MAX_BITS = 20;

/** A canonical Huffman code. Everything that is compared with codes is shifted to 20 bits. */
type HuffmanTable = {
  readonly minBits: number;
  readonly maxBits: number;
  /** Of codes with so many bits: the greatest, with ones behind it. */
  readonly limits: Int32Array;
  /** Where in `symbols` the code that is all zeros would be, were it of so many bits. */
  readonly offsets: Int32Array;
  /** Symbols in the order of their codes. */
  readonly symbols: Uint16Array;
};

/** Reads bits, the most significant one first. Every method throws an Error when the data ends too soon. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #next = 0;
  /** The lowest `#count` bits are still to be read. */
  #buffer = 0;
  #count = 0;
  /** Bits at the end of the buffer that are behind the end of the data. */
  #padding = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** A number of up to 24 bits. */
  read(bits: number): number {
    this.#fill(bits);
    this.#drop(bits);
    return (this.#buffer >>> this.#count) & ((1 << bits) - 1);
  }

  /** A number of 32 bits, without a sign. */
  readWord(): number {
    return this.read(16) * 0x1_0000 + this.read(16);
  }

  /** The next symbol of a code. */
  readSymbol({ minBits, maxBits, limits, offsets, symbols }: HuffmanTable): number {
    this.#fill(MAX_BITS);
    const code = (this.#buffer >>> (this.#count - MAX_BITS)) & ((1 << MAX_BITS) - 1);
    let bits = minBits;
    while (code > limits[bits]!) if (++bits > maxBits) throw new Error('its data is damaged');
    this.#drop(bits);
    return symbols[offsets[bits]! + (code >>> (MAX_BITS - bits))]!;
  }

  /** Skips what is left of a byte that was begun. */
  alignToByte(): void {
    this.read((this.#count - this.#padding) % 8);
  }

  atEnd(): boolean {
    return this.#next === this.#bytes.length && this.#count === this.#padding;
  }

  #fill(bits: number): void {
    while (this.#count < bits) {
      if (this.#next === this.#bytes.length) this.#padding += 8;
      this.#buffer = (this.#buffer << 8) | (this.#bytes[this.#next] ?? 0);
      this.#next = Math.min(this.#next + 1, this.#bytes.length);
      this.#count += 8;
    }
  }

  #drop(bits: number): void {
    this.#count -= bits;
    if (this.#count < this.#padding) throw new Error('it ends early');
  }
}

/** Reads the lengths of a code for symbols 0 to `symbolCount - 1`, each given by its difference to the one before. */
export function readHuffmanTable(reader: BitReader, symbolCount: number): HuffmanTable {
  const lengths = new Uint8Array(symbolCount);
  let bits = reader.read(5);
  for (let symbol = 0; symbol < symbolCount; symbol++) {
    for (;;) {
      if (bits < 1 || bits > MAX_BITS) throw new Error('its data is damaged');
      if (reader.read(1) === 0) break;
      bits += reader.read(1) === 0 ? 1 : -1;
    }
    lengths[symbol] = bits;
  }
  return createTable(lengths);
}

function createTable(lengths: Uint8Array): HuffmanTable {
  const limits = new Int32Array(MAX_BITS + 1);
  const offsets = new Int32Array(MAX_BITS + 1);
  const symbols = new Uint16Array(lengths.length);
  let [code, index] = [0, 0];
  for (let bits = 1; bits <= MAX_BITS; bits++) {
    offsets[bits] = index - code;
    for (const [symbol, length] of lengths.entries()) {
      if (length === bits) [symbols[index++], code] = [symbol, code + 1];
    }
    limits[bits] = (code << (MAX_BITS - bits)) - 1;
    code <<= 1;
  }
  return { minBits: Math.min(...lengths), maxBits: Math.max(...lengths), limits, offsets, symbols };
}
