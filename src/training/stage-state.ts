// The progress of a run's stages, from the files in its folder.

import { existsSync } from 'node:fs';
import { type Checkpoint, findWholeCheckpoint } from '../run/checkpoint.ts';
import type { RunPaths } from '../run/run-folder.ts';
import { artifactsPath, checkpointFolder } from './training-folder.ts';

/** Whether a stage is finished, so that it is not trained further. */
export function hasFinished(directory: string, stage: string): boolean {
  return existsSync(artifactsPath(directory, stage));
}

/**
 * A stage's newest whole checkpoint; null if it has none.
 *
 * @throws UserError if all are damaged
 */
export function newestCheckpoint(paths: RunPaths, stage: string): Checkpoint | null {
  // Warnings come when the checkpoint is loaded.
  return findWholeCheckpoint(checkpointFolder(paths, stage), () => {});
}
