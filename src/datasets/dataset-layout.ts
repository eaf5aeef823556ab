// The layout of sequences that a manifest describes.

import type { SequenceLayout } from './formats/codec.ts';
import type { DatasetManifest } from './manifest.ts';

export function layoutOf(manifest: DatasetManifest): SequenceLayout {
  const { vocabSize, sequenceLength, firstTarget, dtype, rowToken } = manifest;
  return { vocabSize, sequenceLength, firstTarget, dtype, rowToken };
}
