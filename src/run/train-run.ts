// A whole run: source stage, gate, transfer, text stage, in a folder, from wherever it stopped.

import { existsSync } from 'node:fs';
import { keyFromSeed, UserError } from '../core/index.ts';
import { readJsonFile, writeJsonAtomic } from '../files/json.ts';
import { llamaDescription, MODELS } from '../nn/index.ts';
import type { Device } from '../tensor/index.ts';
import { describeText, linkText, readTextInfo } from '../training/data/prepare-text.ts';
import { readArmGates } from './arm-gates.ts';
import { findWholeCheckpoint, listCheckpoints } from './checkpoint.ts';
import type { Listener, RunEvent } from './events.ts';
import { requireGate } from './gate-record.ts';
import type { GateRecord } from './measure-gate.ts';
import { MetricsWriter, readMetrics, rewindMetrics } from './metrics.ts';
import { requireModel } from './model-files.ts';
import { closeRun, openRunDevice } from './open-run-device.ts';
import { abandonStart, type PreparedRun, prepareRun } from './prepare-run.ts';
import { parseRecipe, type Recipe } from './recipe.ts';
import { type RunLock, type RunPaths, STAGES, stageFolder, textFolder } from './run-folder.ts';
import { beginRun, continueRun } from './run-life.ts';
import { judgeOrigin, pastSource, type Run, runSource, runText } from './run-stages.ts';
import { type Summary, summarizeArm } from './summary.ts';
import { readSummary } from './summary-file.ts';

export type TrainOptions = {
  readonly directory: string;
  /** Name of the arm in reports; by default the recipe's name. */
  readonly arm?: string;
  readonly listener?: Listener;
  /** Threads of one operation, in place of the recipe's; the numbers do not depend on it. */
  readonly threads?: number;
  /** A run folder with the same text, whose shards a run takes over that has none yet. */
  readonly preparedText?: string;
  /** Fires to stop after the step under way, with everything saved. */
  readonly signal?: AbortSignal;
};

/**
 * Starts a new run. The folder must be new, or empty; it is left that way when the recipe asks for
 * something that cannot be had.
 *
 * @throws UserError for a folder in use, and for what `prepareRun` finds
 */
export function startRun(recipe: Recipe, options: TrainOptions): Promise<Summary> {
  return beginRun(options.directory, recipe, {
    open: (paths) => openRun(recipe, paths, options),
    abandon: abandonStart,
    run: (opened, paths, lock) => train(recipe, opened, paths, lock, options),
  });
}

/**
 * Goes on with a run where it stopped, to the same bits as if it had not. A finished run is left as it is.
 *
 * @throws UserError when the folder holds no run, another process is at it, or a stage has checkpoints
 *   that are all damaged or of another model; nothing is changed then
 */
export function resumeRun(options: TrainOptions): Promise<Summary> {
  return continueRun(options.directory, {
    open: async (paths) => {
      const recipe = readRecipe(paths);
      return { recipe, ...(await openRun(recipe, paths, { ...options, resume: true })) };
    },
    warn: (text) => options.listener?.({ kind: 'message', text }),
    run: ({ recipe, ...opened }, paths, lock) => train(recipe, opened, paths, lock, options),
    readSummary,
  });
}

/** The resolved recipe of a run folder. */
export function readRecipe(paths: RunPaths): Recipe {
  if (!existsSync(paths.recipe)) {
    throw new UserError(`${paths.directory} is not a run folder: it has no recipe.json`);
  }
  const recipe = readJsonFile(paths.recipe);
  if ((recipe as { kind?: unknown } | null)?.kind === 'redqueen') {
    throw new UserError(`${paths.directory} holds an arms race`, {
      hint: `primordia drq resume ${paths.directory}; primordia drq report ${paths.directory}`,
    });
  }
  return parseRecipe(recipe, paths.recipe);
}

type OpenedRun = {
  readonly prepared: PreparedRun;
  readonly device: Device;
  /** When this process began with the run, by `performance.now()`. */
  readonly beganMs: number;
};

async function openRun(
  recipe: Recipe,
  paths: RunPaths,
  { resume = false, threads, preparedText, listener }: TrainOptions & { resume?: boolean },
): Promise<OpenedRun> {
  const beganMs = performance.now();
  if (preparedText) linkText(textFolder(preparedText), textFolder(paths.directory));
  const prepared = prepareRun(recipe, paths.directory, keyFromSeed(recipe.seed));
  const read = prepared.text && !resume ? describeText(prepared.text.data.info) : null;
  if (read) listener?.({ kind: 'message', text: `text: ${read}` });
  if (resume) rewind(recipe, prepared, paths);
  const engine = threads === undefined ? recipe.engine : { ...recipe.engine, threads };
  return { prepared, device: await openRunDevice(engine), beganMs };
}

async function train(
  recipe: Recipe,
  { prepared, device, beganMs }: OpenedRun,
  paths: RunPaths,
  { requireFolder }: RunLock,
  options: TrainOptions,
): Promise<Summary> {
  const listener = options.listener ?? (() => {});
  let metrics: MetricsWriter | undefined;
  // A device that stays open keeps the process alive: whatever the disk refuses, it is closed.
  try {
    const before = lastElapsed(paths);
    const elapsedSeconds = () => before + (performance.now() - beganMs) / 1000;
    metrics = new MetricsWriter(paths.metrics, { guard: requireFolder });
    const run: Run = {
      recipe,
      prepared,
      paths,
      device,
      metrics,
      arm: options.arm ?? recipe.name,
      signal: options.signal ?? new AbortController().signal,
      listener,
      key: keyFromSeed(recipe.seed),
      elapsedSeconds,
      requireFolder,
    };
    listener({ kind: 'run-begins', arm: run.arm, stages: listStages(recipe) });
    const source = recipe.source
      ? (pastSource(run) ?? (await runSource(run, recipe.source)))
      : null;
    const gate = source?.gate ?? (await judgeOrigin(run));
    // A text stage that has begun was let through.
    if (recipe.text && gate && listCheckpoints(stageFolder(paths, 'text')).length === 0) {
      const { from } = recipe.transfer;
      const what = source ? `the source stage of ${paths.directory}` : `the shipped source ${from}`;
      requireGate(gate.gate, recipe.requireGate, what);
    }
    if (recipe.text) await runText(run, recipe.text, source?.params ?? null);
    metrics.flush();
    const summary = summarize(run, gate);
    writeJsonAtomic(paths.summary, summary);
    return summary;
  } finally {
    await closeRun(metrics, device);
  }
}

/** The stages of a recipe, as a listener is told of them. */
export function listStages(recipe: Recipe): Extract<RunEvent, { kind: 'run-begins' }>['stages'] {
  return STAGES.flatMap((name) => {
    const stage = recipe[name];
    if (!stage) return [];
    const { steps, batchSize, accumulate, contextLength } = stage;
    return [{ name, steps, tokensPerStep: batchSize * accumulate * contextLength }];
  });
}

/**
 * Cuts the metrics back to the newest checkpoint, which is where the run goes on.
 *
 * @throws UserError, with nothing changed, when a stage's checkpoints are all damaged or of another model
 */
function rewind(recipe: Recipe, prepared: PreparedRun, paths: RunPaths): void {
  const stages = STAGES.filter((stage) => recipe[stage]);
  let position = { stage: stages[0]!, step: -1 };
  for (const stage of stages) {
    // Warnings come when the checkpoint is loaded.
    const checkpoint = findWholeCheckpoint(stageFolder(paths, stage), () => {});
    if (!checkpoint) continue;
    requireModel(checkpoint.path, MODELS, llamaDescription(prepared[stage]!.config));
    position = { stage, step: checkpoint.step };
  }
  rewindMetrics(paths.metrics, position, STAGES);
}

/** Seconds that the processes before have spent on a run. */
export function lastElapsed(paths: RunPaths): number {
  const row = readMetrics(paths.metrics).findLast(({ elapsed }) => typeof elapsed === 'number');
  return (row?.elapsed as number | undefined) ?? 0;
}

function summarize(run: Run, gate: GateRecord | null): Summary {
  const { recipe, paths, arm } = run;
  const rows = readMetrics(paths.metrics);
  return {
    name: recipe.name,
    gate: gate?.gate ?? null,
    gates: readArmGates(recipe, paths.directory, arm),
    arms: recipe.text
      ? [summarizeArm(arm, recipe.seed, rows, readTextInfo(textFolder(paths.directory)))]
      : [],
    seconds: run.elapsedSeconds(),
  };
}
