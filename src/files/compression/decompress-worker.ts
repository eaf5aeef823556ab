// The thread in which files are decompressed, piece by piece.

import { readRegularFile } from '../read-file.ts';
import { serveCalls } from '../serve-calls.ts';
import { decompress } from './decompress.ts';
import { detectCompression } from './detect-compression.ts';

export type DecompressRequest =
  | { readonly kind: 'open'; readonly file: string; readonly maxBytes: number }
  | { readonly kind: 'next' };

let pieces: AsyncGenerator<Uint8Array> | undefined;

/** The next piece of the file that was opened last; null at its end. */
async function handle(request: DecompressRequest): Promise<Uint8Array | null> {
  if (request.kind === 'open') {
    // Decoders wait for the one before them to be given up.
    await pieces?.return(undefined);
    const { file, maxBytes } = request;
    const bytes = readRegularFile(file);
    pieces = decompress(detectCompression(bytes)!, bytes, file, { maxBytes });
  }
  const next = await pieces!.next();
  return next.done === true ? null : next.value;
}

serveCalls(handle);
