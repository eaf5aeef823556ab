// The starting model of a stage, noted and judged before the first step.

import { existsSync } from 'node:fs';
import { UserError } from '../core/index.ts';
import { ensureDirectory } from '../files/atomic.ts';
import { writeJsonAtomic } from '../files/json.ts';
import { writeSealedJson } from '../files/sealed-json.ts';
import { readArtifact } from '../run/artifacts.ts';
import { readMetrics } from '../run/metrics.ts';
import { recordTransfer } from '../run/provenance.ts';
import { runPaths } from '../run/run-folder.ts';
import { type FoundStart, findStart } from './find-start.ts';
import { holdsSupersededGate, readGate, requireGate, requireLearned } from './gate-record.ts';
import { judgeShipped } from './judge.ts';
import type { GateRecord } from './measure-gate.ts';
import type { PreparedStage } from './prepare.ts';
import type { ResolvedStage } from './recipe.ts';
import { renewGate } from './renew-gate.ts';
import { refuseUnjudged } from './require-judged.ts';
import { newestCheckpoint } from './stage-state.ts';
import { readStartRecord, type StartRecord } from './start-record.ts';
import {
  artifactsPath,
  gatePath,
  stageFolder,
  startGatePath,
  startPath,
} from './training-folder.ts';
import type { TrainingRun } from './training-run.ts';

/**
 * Notes the weights that a stage starts from, or checks that they are the same, and checks what they have learned. A stage that
 * has a checkpoint has passed already.
 *
 * @throws UserError if they are not those that the run noted
 * @throws GateNotMet if the model has learned less than is required
 */
export async function requireStart(run: TrainingRun, prepared: PreparedStage): Promise<void> {
  const { start, stage, algorithm } = prepared;
  if (start === null) return;
  const isOwn = Object.hasOwn(run.prepared.recipe.stages, start.from);
  if (newestCheckpoint(run.paths, stage.name) !== null) {
    if (!isOwn && algorithm.needs) requireSameStart(run, prepared, start.from);
    return;
  }
  if (isOwn) return requireOwn(run, stage, start.from);
  const file = await bindStart(run, prepared, start.from);
  if (existsSync(file)) return requireLearned(file, start.from, stage);
  refuseUnjudged(run.prepared.recipe, stage.name, start.from);
}

/** For a stage of the same run: its model exists, so a superseded record is made again. */
async function requireOwn(
  run: TrainingRun,
  { name, requireGate: required }: ResolvedStage,
  from: string,
): Promise<void> {
  if (required === undefined) return;
  const { directory } = run.paths;
  const before = run.prepared.stages.find(({ stage }) => stage.name === from)!;
  await renewGate(run, before, () => readArtifact(artifactsPath(directory, from), 'model').arrays);
  const { gate } = readGate(gatePath(directory, from));
  requireGate(gate, required, `stage '${from}' of ${directory}`, name);
}

/** Returns the path of the gate's record of what was found. */
async function bindStart(
  run: TrainingRun,
  { stage }: PreparedStage,
  from: string,
): Promise<string> {
  const { paths, prepared, requireFolder } = run;
  const { directory } = paths;
  const found = findStart(from, { registries: prepared.registries, directory });
  const before = readStartRecord(directory, stage.name);
  requireWeights(
    before,
    found,
    from,
    directory,
    `begin a new run: this one has saved no step of its stage '${stage.name}'`,
  );
  requireFolder();
  ensureDirectory(stageFolder(directory, stage.name), { parents: 1 });
  if (before === null) writeSealedJson(startPath(directory, stage.name), describeStart(found));
  const { shipped, sha256 } = found;
  if (shipped) recordTransfer(paths.provenance, { source: shipped.name, sha256 });
  const file = startGatePath(directory, stage.name);
  if (existsSync(file) && !holdsSupersededGate(file)) return file;
  const record = await judgeStart(run, found);
  if (record === null) return file;
  requireFolder();
  writeJsonAtomic(file, record);
  run.listener({ kind: 'gate', gate: record.gate, arm: from });
  return file;
}

/**
 * Checks that a resumed stage reads the artifacts that it began with, such as a teacher.
 *
 * @throws UserError if they are missing or have changed
 */
function requireSameStart(run: TrainingRun, { stage }: PreparedStage, from: string): void {
  const { directory } = run.paths;
  const found = findStart(from, { registries: run.prepared.registries, directory });
  requireWeights(
    readStartRecord(directory, stage.name),
    found,
    from,
    directory,
    'put back what lay there, or begin a new run',
  );
}

function requireWeights(
  before: StartRecord | null,
  { sha256 }: FoundStart,
  from: string,
  directory: string,
  hint: string,
): void {
  if (before === null || before.weights === sha256) return;
  throw new UserError(`${from} does not hold the weights that the run in ${directory} began with`, {
    hint,
  });
}

function describeStart({ sha256, shipped, run }: FoundStart): StartRecord {
  return {
    weights: sha256,
    tokens: shipped?.tokens ?? (run && countTokens(run.directory, run.stage)),
    shipped: shipped && {
      name: shipped.name,
      description: shipped.description,
      commit: shipped.commit,
      steps: shipped.steps,
      recipe: shipped.recipe,
    },
  };
}

/** Tokens that a run has trained on up to the end of a stage. */
function countTokens(directory: string, stage: string): number {
  const rows = readMetrics(runPaths(directory).metrics);
  const seen = new Map<string, number>();
  for (const row of rows) {
    if (typeof row.tokens === 'number') seen.set(row.stage, row.tokens);
    if (row.stage !== stage && seen.has(stage)) break;
  }
  return [...seen.values()].reduce((sum, tokens) => sum + tokens, 0);
}

/** A shipped source is judged now, on held-out sequences of this run's seed; a run was judged when it was trained. */
async function judgeStart(run: TrainingRun, found: FoundStart): Promise<GateRecord | null> {
  const { device, prepared } = run;
  if (found.shipped) {
    const { seed } = prepared.recipe;
    return judgeShipped(found.shipped, { device, seed, registries: prepared.registries });
  }
  if (!found.run) return null;
  const file = gatePath(found.run.directory, found.run.stage);
  return existsSync(file) ? readGate(file) : null;
}
