// Images of a file as training data, pixel by pixel.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../../core/index.ts';
import { ensureDirectory } from '../../files/atomic.ts';
import { readJsonFile, writeJsonAtomic } from '../../files/json.ts';
import { count } from '../../worlds/count.ts';
import { createImagesWorld, type IdxArray, IMAGES_DEFAULTS } from '../../worlds/index.ts';
import { heldOutShare } from './corpus-options.ts';
import { type DataContext, type DrawnWorlds, defineData } from './data.ts';
import { readImages } from './read-images.ts';
import { requireRecord } from './require-record.ts';
import { openWorlds } from './world-data.ts';

const options = z.strictObject({
  file: z
    .string()
    .optional()
    .describe("An idx file of images, such as MNIST's train-images-idx3-ubyte."),
  shrink: count
    .default(IMAGES_DEFAULTS.shrink)
    .describe(
      'Factor by which width and height are divided; each pixel becomes the mean of a square.',
    ),
  levels: count.default(IMAGES_DEFAULTS.levels).describe('Number of gray levels, 2 to 256.'),
  validationFraction: heldOutShare.describe(
    'Share of the images that is held out, at the end of the file.',
  ),
});

export type ImagesRecipe = z.output<typeof options>;

/** The record of a file of images in a folder. */
const IMAGES_RECORD = 'images.json';

/**
 * The images of a file, and those of its end.
 *
 * @param place what a recipe calls them, in messages
 * @throws UserError if the file is not named, cannot be read, or holds other images than before
 */
function openImages(
  { file, validationFraction, ...sizes }: ImagesRecipe,
  { directory, begun, place }: Pick<DataContext, 'directory' | 'begun' | 'place'>,
): DrawnWorlds {
  if (file === undefined) {
    throw new UserError(`${place}.file is missing: nothing is downloaded`, {
      hint: `name an idx file of images: --set ${place}.file=train-images-idx3-ubyte`,
    });
  }
  const images = readImages(file);
  if (directory !== null) {
    const record = path.join(directory, IMAGES_RECORD);
    if (begun) requireRecord(record, 'the file of images');
    bindImages(images, file, record);
  }
  const [imageCount] = images.shape as [number];
  const cut = Math.floor(imageCount * (1 - validationFraction));
  if (cut < 1 || cut === imageCount) {
    throw new UserError(`${file}: of ${imageCount} images none is left to train on or hold out`);
  }
  const open = (from: number, to: number) => createImagesWorld(cutImages(images, from, to), sizes);
  return { training: open(0, cut), heldOut: open(cut, imageCount) };
}

function cutImages({ shape, data }: IdxArray, from: number, to: number): IdxArray {
  const size = shape.slice(1).reduce((a, b) => a * b, 1);
  return { shape: [to - from, ...shape.slice(1)], data: data.subarray(from * size, to * size) };
}

/** Notes which images a run began with, or checks that they are the same. */
function bindImages(images: IdxArray, file: string, record: string): void {
  const sha256 = createHash('sha256').update(images.data).digest('hex');
  if (!existsSync(record)) {
    ensureDirectory(path.dirname(record), { parents: 1 });
    writeJsonAtomic(record, { shape: images.shape, sha256 });
    return;
  }
  if ((readJsonFile(record) as { sha256?: string }).sha256 === sha256) return;
  throw new UserError(`${file} does not hold the images that the run began with`, {
    hint: 'put the file back, or begin a new run',
  });
}

/**
 * The same, where sequences of images have this length.
 *
 * @throws UserError if they have another one
 */
function requirePixels(worlds: DrawnWorlds, sequenceLength: number, place: string): DrawnWorlds {
  const pixels = worlds.training.sequenceLength;
  if (sequenceLength === pixels) return worlds;
  throw new UserError(`the images have ${pixels} pixels, not ${sequenceLength}`, {
    hint: `leave contextLength out, or choose ${place}.shrink`,
  });
}

/** Images as sequences of gray levels. */
export const images = defineData({
  kind: 'images',
  source: 'idx files, as of MNIST (LeCun et al.)',
  description: 'Images as sequences of gray levels, row by row.',
  options,
  open(given, context) {
    const opened = openImages(given, context);
    const pixels = opened.training.sequenceLength;
    const worlds = (contextLength: number) =>
      requirePixels(opened, contextLength + 1, context.place);
    return {
      ...openWorlds(worlds, context.contextLength ?? pixels - 1, context),
      shows: 'image',
    };
  },
});
