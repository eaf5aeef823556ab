// MNIST files of the user's own, where they lie beside the project.

import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { keyFromSeed } from '../../src/core/index.ts';
import { readImages } from '../../src/training/data/read-images.ts';
import { createImagesWorld, drawTokens } from '../../src/worlds/index.ts';

const FOLDER = fileURLToPath(new URL('../../../shared/data/mnist', import.meta.url));
const IMAGES = path.join(FOLDER, 't10k-images-idx3-ubyte.gz');

describe.skipIf(!existsSync(IMAGES))('MNIST', () => {
  test('has ten thousand test images of 28 × 28 pixels, mostly black', () => {
    const images = readImages(IMAGES);
    expect(images.shape).toEqual([10_000, 28, 28]);
    const world = createImagesWorld(images);
    expect(world.sequenceLength).toBe(784);
    const tokens = Array.from({ length: 20 }, (_, i) => drawTokens(world, keyFromSeed(1), i));
    const black = tokens.flatMap((x) => [...x]).filter((x) => x === 0).length / (20 * 784);
    expect(black).toBeGreaterThan(0.7);
    expect(black).toBeLessThan(0.9);
  });

  test('labels are no images', () => {
    expect(() => readImages(path.join(FOLDER, 't10k-labels-idx1-ubyte.gz'))).toThrow(
      'are not images',
    );
  });
});

test('what is no file, or no idx file, is an error that names it', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'images-'));
  const wrong = path.join(folder, 'wrong.gz');
  writeFileSync(wrong, 'hello');
  expect(() => readImages(wrong)).toThrow(wrong);
  expect(() => readImages(path.join(folder, 'missing'))).toThrow(/no file/);
});
