// GIF files as another library reads them.

import { GifReader } from 'omggif';

/** What another decoder shows after each frame, as RGBA. */
export function decodeGif(file: Uint8Array) {
  const reader = new GifReader(Buffer.from(file));
  const shown = new Uint8Array(reader.width * reader.height * 4);
  const frames = Array.from({ length: reader.numFrames() }, (_, i) => {
    reader.decodeAndBlitFrameRGBA(i, shown);
    return { pixels: shown.slice(), ...reader.frameInfo(i) };
  });
  return { width: reader.width, height: reader.height, loops: reader.loopCount(), frames };
}
