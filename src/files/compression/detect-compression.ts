// Which compression a file has, by the bytes that it begins with.

const COMPRESSIONS = ['gzip', 'zstd', 'bzip2', 'xz'] as const;
export type Compression = (typeof COMPRESSIONS)[number];

const MAGIC: Readonly<Record<Exclude<Compression, 'zstd' | 'bzip2'>, readonly number[]>> = {
  gzip: [0x1f, 0x8b, 0x08],
  xz: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
};
const ZSTD_FRAME = 0xfd2fb528;
/** The lowest four bits are free. */
const ZSTD_SKIPPABLE_FRAME = 0x184d2a50;
/** The magic numbers of a block and of the end of a stream, after four bytes. */
const BZIP2_BLOCKS = ['1AY&SY', '\x17rE8P\x90'];

/** The compression of data, or undefined if it has none that is known. */
export function detectCompression(bytes: Uint8Array): Compression | undefined {
  if (startsWith(bytes, MAGIC.gzip)) return 'gzip';
  if (startsWith(bytes, MAGIC.xz)) return 'xz';
  if (isZstd(bytes)) return 'zstd';
  // "BZh9" may begin a text: the magic number of the first block comes after it.
  const head = String.fromCharCode(...bytes.subarray(0, 10));
  return /^BZh[1-9]/.test(head) && BZIP2_BLOCKS.includes(head.slice(4)) ? 'bzip2' : undefined;
}

function isZstd(bytes: Uint8Array): boolean {
  if (bytes.length < 4) return false;
  const word = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  return word === ZSTD_FRAME || (word & ~0xf) >>> 0 === ZSTD_SKIPPABLE_FRAME;
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}

/** What names of compressed files end in. */
const COMPRESSED_NAME = /\.(?:gz|gzip|zst|zstd|bz2|xz)$/i;

/** A name without what compression adds to it: `a.jsonl` for `a.jsonl.zst`. */
export function stripCompression(name: string): string {
  return name.replace(COMPRESSED_NAME, '');
}
