// A run of a recurrent network in a folder: SMT and DMT, or BPTT, from wherever it stopped.

import { rmSync } from 'node:fs';
import path from 'node:path';
import { keyFromSeed } from '../core/index.ts';
import { writeJsonAtomic } from '../files/json.ts';
import { findWholeCheckpoint } from '../run/checkpoint.ts';
import type { Listener } from '../run/events.ts';
import { MetricsWriter, readMetrics, rewindMetrics } from '../run/metrics.ts';
import { closeRun, openRunDevice } from '../run/open-run-device.ts';
import type { RunLock, RunPaths } from '../run/run-folder.ts';
import { beginRun, continueRun } from '../run/run-life.ts';
import type { Device } from '../tensor/index.ts';
import { type PreparedRecurrent, prepareRecurrent } from './prepare.ts';
import { RECURRENT_STAGES, type RecurrentRecipe, stagesOf } from './recipe.ts';
import { loadRecurrent, requireConfig } from './recurrent-checkpoint.ts';
import { readRecurrentRecipe, stageDirectory } from './recurrent-folder.ts';
import { type RecurrentRun, runBptt, runDmt, runSmt } from './recurrent-stages.ts';
import { type RecurrentSummary, readRecurrentSummary, summarizeRecurrent } from './summary.ts';
import { TASK_FILES } from './task.ts';
import { bindTransfer, TRANSFER_RECORD } from './transfer.ts';

export type RecurrentOptions = {
  readonly directory: string;
  /** Name of the run in progress reports; by default the recipe's. */
  readonly arm?: string;
  readonly listener?: Listener;
  /** Threads of one operation, in place of the recipe's; the numbers do not depend on it. */
  readonly threads?: number;
  /** Stops the run after the step under way, with everything saved. */
  readonly signal?: AbortSignal;
};

/**
 * Starts a new run. The folder must be new, or empty; it is left that way when the recipe asks for something that
 * cannot be had.
 *
 * @throws UserError for a folder in use, and for what `prepareRecurrent` finds
 * @throws RunStopped when the signal fired
 */
export function startRecurrent(
  recipe: RecurrentRecipe,
  options: RecurrentOptions,
): Promise<RecurrentSummary> {
  return beginRun(options.directory, recipe, {
    open: (paths) => open(recipe, paths, options),
    abandon: ({ directory }) => {
      for (const name of [...Object.values(TASK_FILES), TRANSFER_RECORD]) {
        rmSync(path.join(directory, name), { force: true });
      }
    },
    run: (opened, paths, lock) => train(opened, paths, lock, options),
  });
}

/**
 * Goes on with a run where it stopped, to the same bits as if it had not. A finished run is left as it is.
 *
 * @throws UserError when the folder holds no run, another process is at it, or checkpoints are damaged
 * @throws RunStopped when the signal fired
 */
export function resumeRecurrent(options: RecurrentOptions): Promise<RecurrentSummary> {
  return continueRun(options.directory, {
    open: (paths) => open(readRecurrentRecipe(options.directory), paths, options, true),
    warn: (text) => options.listener?.({ kind: 'message', text }),
    run: (opened, paths, lock) => train(opened, paths, lock, options),
    readSummary: readRecurrentSummary,
  });
}

type Opened = {
  readonly prepared: PreparedRecurrent;
  readonly device: Device;
  /** When this process began with the run, by `performance.now()`. */
  readonly beganMs: number;
};

async function open(
  recipe: RecurrentRecipe,
  paths: RunPaths,
  { threads, listener }: RecurrentOptions,
  resume = false,
): Promise<Opened> {
  const beganMs = performance.now();
  const prepared = prepareRecurrent(recipe, paths.directory, keyFromSeed(recipe.seed));
  const { read } = prepared.task;
  if (read !== undefined) listener?.({ kind: 'message', text: `text: ${read}` });
  bindTransfer(recipe, paths);
  if (resume) rewind(prepared, paths);
  const engine = threads === undefined ? recipe.engine : { ...recipe.engine, threads };
  return { prepared, device: await openRunDevice(engine), beganMs };
}

/** Cuts the metrics back to the newest checkpoint. Throws UserError, with nothing changed, when none is whole. */
function rewind({ recipe, config }: PreparedRecurrent, paths: RunPaths): void {
  const stages = stagesOf(recipe);
  let position = { stage: stages[0]!, step: -1 };
  for (const stage of stages) {
    // Warnings come when the checkpoint is loaded.
    const checkpoint = findWholeCheckpoint(stageDirectory(paths, stage), () => {});
    if (!checkpoint) continue;
    requireConfig(loadRecurrent(checkpoint.path).config, config, checkpoint.path);
    position = { stage, step: checkpoint.step };
  }
  rewindMetrics(paths.metrics, position, RECURRENT_STAGES);
}

async function train(
  { prepared, device, beganMs }: Opened,
  paths: RunPaths,
  { requireFolder }: RunLock,
  options: RecurrentOptions,
): Promise<RecurrentSummary> {
  const { recipe } = prepared;
  let metrics: MetricsWriter | undefined;
  try {
    const rows = readMetrics(paths.metrics);
    const last = rows.findLast(({ elapsed }) => typeof elapsed === 'number');
    const before = (last?.elapsed ?? 0) as number;
    metrics = new MetricsWriter(paths.metrics, { guard: requireFolder });
    const run: RecurrentRun = {
      ...{ prepared, paths, device, metrics, arm: options.arm ?? recipe.name },
      listener: options.listener ?? (() => {}),
      signal: options.signal ?? new AbortController().signal,
      elapsedSeconds: () => before + (performance.now() - beganMs) / 1000,
      requireFolder,
    };
    run.listener({
      ...{ kind: 'run-begins', arm: run.arm },
      stages: stagesOf(recipe).map((name) => ({ name, steps: recipe[name]!.steps })),
    });
    if (recipe.bptt) await runBptt(run, recipe.bptt);
    if (recipe.smt) {
      const taught = await runSmt(run, recipe.smt);
      if (recipe.dmt) await runDmt(run, recipe.dmt, taught);
    }
    metrics.flush();
    const summary = summarizeRecurrent(paths.directory, run.elapsedSeconds());
    writeJsonAtomic(paths.summary, summary);
    return summary;
  } finally {
    await closeRun(metrics, device);
  }
}
