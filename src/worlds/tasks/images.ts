// Images as sequences of gray levels, row by row.

import { type Key, randomInt, UserError } from '../../core/index.ts';
import { checkInteger, fillOptions, refuseOption } from '../check-options.ts';
import type { Pixels } from '../plane.ts';
import type { World } from '../world.ts';
import type { IdxArray } from './idx.ts';
import { createTaskWorld, type TaskWorld } from './task-world.ts';

export type ImagesOptions = {
  /** Pixels along a side that become one, their mean. */
  readonly shrink: number;
  /** Gray levels: 256 keeps the bytes. */
  readonly levels: number;
};

export const IMAGES_DEFAULTS: ImagesOptions = { shrink: 1, levels: 256 };

/** Width and height of an image of the world, in pixels. */
export type ImagesWorld = TaskWorld<ImagesOptions & { readonly sequenceLength: number }> & {
  readonly width: number;
  readonly height: number;
};

/**
 * Sequences are images of the set, drawn uniformly, in raster order; a token is a gray level, 0..`levels` − 1. Every
 * pixel but the first is a target.
 *
 * @param images `[count, height, width]`, as `parseIdx` reads them
 * @throws UserError for wrong options, or where there are no images
 */
export function createImagesWorld(
  images: IdxArray,
  given: Partial<ImagesOptions> = {},
): ImagesWorld {
  const options = fillOptions('images', IMAGES_DEFAULTS, given);
  const { shrink, levels } = options;
  if (images.shape.length !== 3 || images.data.length === 0) {
    throw new UserError(`images: sizes ${images.shape.join(' × ')} are not a set of images`, {
      hint: 'give a file of images (idx3), not of labels (idx1)',
    });
  }
  const [count, fullHeight, fullWidth] = images.shape as [number, number, number];
  checkInteger('images', 'levels', levels, 2, 256);
  checkInteger('images', 'shrink', shrink, 1, Math.min(fullHeight, fullWidth));
  if (fullHeight % shrink !== 0 || fullWidth % shrink !== 0) {
    refuseOption(
      'images',
      `${fullHeight} × ${fullWidth} does not shrink by ${shrink}`,
      'use a divisor',
    );
  }
  const [height, width] = [fullHeight / shrink, fullWidth / shrink];
  const sequenceLength = height * width;
  const readImage = (index: number): Int32Array => {
    const image = images.data.subarray(index * fullHeight * fullWidth);
    return Int32Array.from({ length: sequenceLength }, (_, i) => {
      const top = Math.floor(i / width) * shrink;
      const left = (i % width) * shrink;
      let sum = 0;
      for (let y = top; y < top + shrink; y++) {
        for (let x = left; x < left + shrink; x++) sum += image[y * fullWidth + x]!;
      }
      return Math.floor((sum * levels) / (256 * shrink * shrink));
    });
  };
  const world = createTaskWorld({
    name: 'images',
    description: `images: ${count} of ${height} × ${width} pixels, ${levels} gray levels`,
    options: { ...options, sequenceLength },
    vocabSize: levels,
    learnable: 'fixed',
    freshRules: false,
    firstTarget: 1,
    sample: () => null,
    draw: (_, key: Key) => readImage(randomInt(key, count)),
  });
  const plane = (tokens: Int32Array) => ({ width, height, cells: tokens });
  return {
    ...world,
    width,
    height,
    frameLength: width,
    planes: ({ tokens }) => [plane(tokens)],
    render: ({ tokens }) => renderGray(tokens, width, height, levels),
  } satisfies World<null, { tokens: Int32Array }> & ImagesWorld;
}

function renderGray(tokens: Int32Array, width: number, height: number, levels: number): Pixels {
  const data = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    const gray = Math.round((tokens[i]! * 255) / (levels - 1));
    data.set([gray, gray, gray, 255], i * 4);
  }
  return { width, height, data };
}
