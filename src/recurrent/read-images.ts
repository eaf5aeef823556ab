// Sets of images from files of the user's own.

import { readFileSync } from 'node:fs';
import { UserError } from '../core/index.ts';
import { type IdxArray, parseIdx } from '../worlds/index.ts';

/**
 * Images `[count, height, width]` of an idx file (`.gz` or not), such as MNIST's.
 *
 * @throws UserError when the file cannot be read or holds no images
 */
export function readImages(filePath: string): IdxArray {
  const images = parseIdx(readBytes(filePath), filePath);
  if (images.shape.length === 3) return images;
  throw new UserError(`${filePath}: ${images.shape.join(' × ')} values are no images`, {
    hint: 'give a file of images (idx3), not of labels (idx1)',
  });
}

function readBytes(filePath: string): Uint8Array {
  try {
    return readFileSync(filePath);
  } catch (error) {
    throw new UserError(`${filePath} cannot be read: ${(error as Error).message}`, {
      hint: 'check the path',
    });
  }
}
