// xz: XZ Embedded as WebAssembly, out of the package xz-decompress.

import xzDecompress from 'xz-decompress';

const REASONS: Readonly<Record<string, string>> = {
  3: 'not enough memory',
  4: 'its dictionary is larger than 64 MiB',
  5: 'unknown format',
  6: 'it uses filters or a checksum that are not supported',
  7: 'its data is damaged',
  8: 'it ends early, or something follows its end',
};

/**
 * Decompresses streams, one after the other, with padding between them.
 *
 * @throws Error that says why it cannot
 */
export async function* decompressXz(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const compressed = new ReadableStream<Uint8Array>({
    start: (controller) => {
      controller.enqueue(bytes);
      controller.close();
    },
  });
  try {
    yield* new xzDecompress.XzReadableStream(compressed);
  } catch (error) {
    const code = /error code (\d+)$/.exec((error as Error).message)?.[1];
    if (code === undefined) throw error;
    throw new Error(REASONS[code] ?? `error ${code} of XZ Embedded`, { cause: error });
  }
}
