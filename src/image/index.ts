// Public surface of `primordia/image`.
export { drawImageSheet } from './draw-image-sheet.ts';
export { encodeGif, type IndexedFrames } from './encode-gif.ts';
export { encodeIndexedPng, encodePng, pngDataUri } from './encode-png.ts';
export type { IndexedPicture } from './indexed-picture.ts';
