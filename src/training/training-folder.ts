// Where a training run keeps what it makes, beside what every run has.

import path from 'node:path';
import { type RunPaths, runPaths } from '../run/run-folder.ts';

/** The kind of these runs, in `run.json`. */
export const TRAINING = 'training';

/** Folder of a stage's checkpoints. */
export function checkpointFolder({ checkpoints }: RunPaths, stage: string): string {
  return path.join(checkpoints, stage);
}

/** Folder of what a stage left when it was finished, and of what it began with. */
export function stageFolder(directory: string, stage: string): string {
  return path.join(directory, 'stages', stage);
}

/** Folder of the artifacts of a finished stage. */
export function artifactsPath(directory: string, stage: string): string {
  return path.join(stageFolder(directory, stage), 'artifacts');
}

/** Folder of what data keep in a run: of a stage's own, or of those that the stages share. */
export function dataFolder(directory: string, stage: string | null): string {
  return path.join(directory, 'data', stage ?? 'shared');
}

/** The gate's findings on the model of a stage (`GateRecord`). */
export function gatePath(directory: string, stage: string): string {
  return path.join(stageFolder(directory, stage), 'gate.json');
}

/** What a stage began with (`StartRecord`). */
export function startPath(directory: string, stage: string): string {
  return path.join(stageFolder(directory, stage), 'start.json');
}

/** The gate's findings on what a stage began with, where that comes from elsewhere. */
export function startGatePath(directory: string, stage: string): string {
  return path.join(stageFolder(directory, stage), 'start-gate.json');
}

/** What n-grams give (`NgramBaselines`). */
export function baselinesPath(directory: string): string {
  return path.join(directory, 'baselines.json');
}

/** The finished model along held-out sequences (`RolloutMeasures`). */
export function rolloutPath(directory: string): string {
  return path.join(directory, 'rollout.json');
}

/** What the finished model wrote. */
export function samplePath(directory: string): string {
  return path.join(runPaths(directory).samples, 'final.json');
}
