// Images that a network drew, in one picture.

import type { Pixels } from '../worlds/plane.ts';
import type { AnyWorld } from '../worlds/world.ts';

/** Sequences of a world of images side by side, `columns` a row, in one picture, `scale` screen pixels a pixel. */
export function drawImageSheet(
  world: Pick<AnyWorld, 'render' | 'decode'>,
  tokens: readonly (readonly number[])[],
  { columns = 6, scale = 4 } = {},
): Pixels {
  const images = tokens.map((list) => world.render(world.decode(list)));
  const { width, height } = images[0]!;
  const across = Math.min(columns, images.length);
  const down = Math.ceil(images.length / across);
  const gap = 1;
  const sheet = {
    width: (across * (width + gap) + gap) * scale,
    height: (down * (height + gap) + gap) * scale,
  };
  const data = new Uint8Array(sheet.width * sheet.height * 4).fill(128);
  for (let i = 3; i < data.length; i += 4) data[i] = 255;
  images.forEach((image, n) => {
    const left = gap + (n % across) * (width + gap);
    const top = gap + Math.floor(n / across) * (height + gap);
    for (let y = 0; y < height * scale; y++) {
      for (let x = 0; x < width * scale; x++) {
        const from = (Math.floor(y / scale) * width + Math.floor(x / scale)) * 4;
        const to = ((top * scale + y) * sheet.width + left * scale + x) * 4;
        data.set(image.data.subarray(from, from + 4), to);
      }
    }
  });
  return { ...sheet, data };
}
