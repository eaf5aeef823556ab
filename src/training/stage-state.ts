// How far the stages of a run are, by what lies in its folder.

import { existsSync } from 'node:fs';
import { type Checkpoint, findWholeCheckpoint } from '../run/checkpoint.ts';
import type { RunPaths } from '../run/run-folder.ts';
import { artifactsPath, checkpointFolder } from './training-folder.ts';

/** Whether a stage is finished: nothing is trained in it any more. */
export function hasFinished(directory: string, stage: string): boolean {
  return existsSync(artifactsPath(directory, stage));
}

/**
 * A stage's newest whole checkpoint; null where it has none.
 *
 * @throws UserError when all are damaged
 */
export function newestCheckpoint(paths: RunPaths, stage: string): Checkpoint | null {
  // Warnings come when the checkpoint is loaded.
  return findWholeCheckpoint(checkpointFolder(paths, stage), () => {});
}
