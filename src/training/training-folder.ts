// The files of a training run, besides those of every run.

import path from 'node:path';
import { type RunPaths, runPaths } from '../run/run-folder.ts';

/** The kind of these runs, in `run.json`. */
export const TRAINING = 'training';

/** Folder of a stage's checkpoints. */
export function checkpointFolder({ checkpoints }: RunPaths, stage: string): string {
  return path.join(checkpoints, stage);
}

/** Folder of a stage's results and of the record of its start. */
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

/** The record of what a stage started from (`StartRecord`). */
export function startPath(directory: string, stage: string): string {
  return path.join(stageFolder(directory, stage), 'start.json');
}

/** The gate's findings on a stage's starting model, if that comes from elsewhere. */
export function startGatePath(directory: string, stage: string): string {
  return path.join(stageFolder(directory, stage), 'start-gate.json');
}

/** The n-gram baselines (`NgramBaselines`). */
export function baselinesPath(directory: string): string {
  return path.join(directory, 'baselines.json');
}

/** The finished model along held-out sequences (`RolloutMeasures`). */
export function rolloutPath(directory: string): string {
  return path.join(directory, 'rollout.json');
}

/** The sample of the finished model. */
export function samplePath(directory: string): string {
  return path.join(runPaths(directory).samples, 'final.json');
}
