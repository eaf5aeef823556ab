// Sets of images from files of the user's own.

import { UserError } from '../../core/index.ts';
import { readRegularFile } from '../../files/read-file.ts';
import { type IdxArray, parseIdx } from '../../worlds/index.ts';

const MAX_BYTES = 2 ** 30;

/**
 * Images `[count, height, width]` of an idx file (`.gz` or not), such as MNIST's.
 *
 * @throws UserError if the file cannot be read or holds no images
 */
export function readImages(filePath: string): IdxArray {
  const images = parseIdx(readRegularFile(filePath, { maxBytes: MAX_BYTES }), filePath);
  if (images.shape.length === 3) return images;
  throw new UserError(`${filePath}: ${images.shape.join(' × ')} values are not images`, {
    hint: 'give a file of images (idx3), not of labels (idx1)',
  });
}
