// How far the stages of a run are, by what lies in its folder.

import { existsSync } from 'node:fs';
import { findWholeCheckpoint } from '../run/checkpoint.ts';
import type { RunPaths } from '../run/run-folder.ts';
import { artifactsPath, checkpointFolder } from './training-folder.ts';

/** Whether a stage is finished: nothing is trained in it any more. */
export function hasFinished(directory: string, stage: string): boolean {
  return existsSync(artifactsPath(directory, stage));
}

/**
 * The step of a stage's newest whole checkpoint; null where it has none.
 *
 * @throws UserError when all are damaged
 */
export function learnerPoint(paths: RunPaths, stage: string): number | null {
  // Warnings come when the checkpoint is loaded.
  return findWholeCheckpoint(checkpointFolder(paths, stage), () => {})?.step ?? null;
}
