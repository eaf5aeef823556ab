// A training run in its folder: its stages one after the other, from where it stopped.

import { rmSync } from 'node:fs';
import path from 'node:path';
import type { Learner } from '../algorithms/index.ts';
import { formatMemory } from '../core/index.ts';
import { writeJsonAtomic } from '../files/json.ts';
import type { JoinedGroup } from '../processes/index.ts';
import { artifactFolder } from '../run/artifacts.ts';
import type { Listener } from '../run/events.ts';
import { requireLearner } from '../run/learner-checkpoint.ts';
import { MetricsWriter, readMetrics, rewindMetrics } from '../run/metrics.ts';
import { requireModel } from '../run/model-files.ts';
import { closeRun, describeEngine, openRunDevice } from '../run/open-run-device.ts';
import { withRelativePlugins } from '../run/plugin-paths.ts';
import { type PluginRecord, recordData, recordDevice } from '../run/provenance.ts';
import type { RunLock, RunPaths } from '../run/run-folder.ts';
import { beginRun, continueRun } from '../run/run-life.ts';
import { type Device, DeviceError, type DeviceName } from '../tensor/index.ts';
import { describeEpochs } from './describe-epochs.ts';
import { finishRun } from './finish-run.ts';
import { finishStage } from './finish-stage.ts';
import { describeLearner, openStageLearner, saveCheckpointOf } from './open-learner.ts';
import { type Prepared, type PreparedStage, prepare } from './prepare.ts';
import { readRecipe } from './read-recipe.ts';
import type { Recipe } from './recipe.ts';
import type { Registries } from './registries.ts';
import { requireStart } from './require-start.ts';
import { runStage } from './run-stage.ts';
import { hasFinished, newestCheckpoint } from './stage-state.ts';
import { readTrainingSummary, summarizeTraining, type TrainingSummary } from './summary.ts';
import { artifactsPath, TRAINING } from './training-folder.ts';
import type { TrainingRun } from './training-run.ts';

export type TrainingOptions = {
  readonly directory: string;
  readonly registries: Registries;
  /** The plugins that added to the registries, for the provenance. */
  readonly plugins?: readonly PluginRecord[];
  /** Name of the run in progress; by default the recipe's. */
  readonly label?: string;
  readonly listener?: Listener;
  /** Threads of one operation, instead of the recipe's; the numbers do not depend on it. */
  readonly threads?: number;
  /** What computes, instead of the recipe's; the numbers then agree to rounding, not to the bit. */
  readonly device?: DeviceName;
  /** A folder in which runs share prepared data, such as the tokens of a text. */
  readonly sharedData?: string;
  /** Stops the run after the current step, with everything saved. */
  readonly signal?: AbortSignal;
  /** The group whose processes share the mesh, in its process 0; by default there is one process. */
  readonly processes?: JoinedGroup | null;
};

/**
 * Starts a new run. The folder must be new or empty; it is left that way if the recipe asks for something impossible.
 *
 * @throws UserError for a folder in use, and for what `prepare` finds
 * @throws RunStopped if the signal fired
 */
export function startTraining(recipe: Recipe, options: TrainingOptions): Promise<TrainingSummary> {
  const { directory, plugins } = options;
  const written = withRelativePlugins(recipe, directory);
  return beginRun(
    directory,
    { kind: TRAINING, recipe: written, plugins },
    {
      open: (paths) => open(recipe, paths, options, false),
      abandon: ({ directory }) => {
        for (const name of ['data', 'stages']) {
          rmSync(path.join(directory, name), { recursive: true, force: true });
        }
      },
      run: (opened, paths, lock) => train(opened, paths, lock, options),
    },
  );
}

/**
 * Resumes a run where it stopped, to the same bits as an uninterrupted run. A finished run is left as it is.
 *
 * @throws UserError if the folder holds no such run, another process is at it, or a stage has checkpoints that are all
 *   damaged or of another model; nothing is changed then
 * @throws RunStopped if the signal fired
 */
export function resumeTraining(options: TrainingOptions): Promise<TrainingSummary> {
  const { directory, registries, listener } = options;
  return continueRun(directory, TRAINING, {
    open: (paths) => open(readRecipe(paths, registries), paths, options, true),
    warn: (text) => listener?.({ kind: 'message', text }),
    run: (opened, paths, lock) => train(opened, paths, lock, options),
    readSummary: readTrainingSummary,
  });
}

type Opened = {
  readonly prepared: Prepared;
  readonly device: Device;
  /** When this process started with the run, by `performance.now()`. */
  readonly beganMs: number;
};

async function open(
  recipe: Recipe,
  paths: RunPaths,
  { registries, threads, device, sharedData, listener, processes = null }: TrainingOptions,
  resumes: boolean,
): Promise<Opened> {
  const beganMs = performance.now();
  const hasBegun = (stage: string) =>
    hasFinished(paths.directory, stage) || newestCheckpoint(paths, stage) !== null;
  const prepared = await prepare(recipe, {
    registries,
    directory: paths.directory,
    hasBegun,
    ...(sharedData === undefined ? {} : { sharedData }),
  });
  let opened: Device | undefined;
  try {
    const read = prepared.stages.flatMap(({ data }) => data.read ?? []);
    for (const text of new Set(read)) listener?.({ kind: 'message', text });
    const files = prepared.stages.flatMap(({ data }) => data.files ?? []);
    if (files.length > 0) recordData(paths.provenance, [...new Set(files)]);
    if (resumes) rewind(prepared, paths);
    const engine = {
      ...recipe.engine,
      ...(threads === undefined ? {} : { threads }),
      ...(device === undefined ? {} : { device }),
    };
    opened = await openRunDevice(engine, processes);
    const name = describeEngine(engine);
    const before = recordDevice(paths.provenance, name);
    if (before !== null) {
      listener?.({
        kind: 'message',
        text: `computes on ${name}, before on ${before}: the numbers agree to rounding, not to the bit`,
      });
    }
    return { prepared, device: opened, beganMs };
  } catch (error) {
    await opened?.close();
    await prepared.close();
    throw error;
  }
}

/**
 * Cuts the metrics back to where the run is resumed.
 *
 * @throws UserError, with nothing changed, when a stage's checkpoints are all damaged, or what it saved is of another model
 */
function rewind({ stages, registries }: Prepared, paths: RunPaths): void {
  const names = stages.map(({ stage }) => stage.name);
  let position = { stage: names[0]!, step: -1 };
  for (const prepared of stages) {
    const { name, steps } = prepared.stage;
    if (hasFinished(paths.directory, name)) {
      // Its checkpoints are not needed any more.
      const model = artifactFolder(artifactsPath(paths.directory, name), 'model');
      requireModel(model, registries.models, prepared.description);
      position = { stage: name, step: steps };
      continue;
    }
    const checkpoint = newestCheckpoint(paths, name);
    if (checkpoint === null) continue;
    requireLearner(checkpoint.path, registries.models, describeLearner(prepared));
    position = { stage: name, step: checkpoint.step };
  }
  rewindMetrics(paths.metrics, position, names);
}

async function train(
  { prepared, device, beganMs }: Opened,
  paths: RunPaths,
  { requireFolder }: RunLock,
  options: TrainingOptions,
): Promise<TrainingSummary> {
  const { recipe, stages } = prepared;
  const listener = options.listener ?? (() => {});
  let metrics: MetricsWriter | undefined;
  // An open device keeps the process alive, so it is closed whatever fails on the disk.
  try {
    const before = lastElapsed(paths);
    metrics = new MetricsWriter(paths.metrics, { guard: requireFolder });
    const run: TrainingRun = {
      prepared,
      paths,
      device,
      metrics,
      listener,
      requireFolder,
      label: options.label ?? recipe.name,
      signal: options.signal ?? new AbortController().signal,
      elapsedSeconds: () => before + (performance.now() - beganMs) / 1000,
    };
    listener({
      kind: 'run-begins',
      arm: run.label,
      stages: stages.map(({ stage: { name, steps }, data }) => ({
        name,
        steps,
        tokensPerStep: data.batchSize * data.contextLength,
      })),
    });
    for (const stage of stages) await trainStage(run, stage);
    await finishRun(run);
    metrics.flush();
    const seconds = run.elapsedSeconds();
    const summary = summarizeTraining(paths.directory, prepared.registries, { seconds });
    requireFolder();
    writeJsonAtomic(paths.summary, summary);
    return summary;
  } catch (error) {
    throw error instanceof DeviceError ? resumable(error, paths.directory) : error;
  } finally {
    try {
      await prepared.close();
    } finally {
      await closeRun(metrics, device);
    }
  }
}

/** The failure of a device, with how to go on: what was saved does not depend on it. */
function resumable(error: DeviceError, directory: string): DeviceError {
  const resume = `the last checkpoint stands: primordia resume ${directory}`;
  return new DeviceError(error.message, {
    hint: error.hint ? `${error.hint}; ${resume}` : resume,
    cause: error,
  });
}

/** Seconds that earlier processes have spent on a run. */
function lastElapsed(paths: RunPaths): number {
  const row = readMetrics(paths.metrics).findLast((one) => typeof one.elapsedSeconds === 'number');
  return (row?.elapsedSeconds as number | undefined) ?? 0;
}

async function trainStage(run: TrainingRun, prepared: PreparedStage): Promise<void> {
  const { stage, data, firstBatch } = prepared;
  const { directory } = run.paths;
  if (hasFinished(directory, stage.name)) return;
  await requireStart(run, prepared);
  const epochs = describeEpochs(prepared);
  if (epochs) run.listener({ kind: 'message', text: epochs });
  const { learner, step } = await openStageLearner(run, prepared);
  const { peakBytes } = memoryFact(learner);
  if (peakBytes !== undefined) {
    const whose = run.device.mesh ? 'each device’s' : 'the device’s';
    const text = `a step of stage '${stage.name}' takes ${formatMemory(peakBytes)} of ${whose} memory`;
    run.listener({ kind: 'message', text });
  }
  try {
    await runStage(
      {
        name: stage.name,
        steps: stage.steps,
        evaluateEvery: stage.evaluateEvery,
        learningRate: stage.optimizer.learningRate,
        schedule: stage.optimizer.schedule,
        tokensPerStep: data.batchSize * data.contextLength,
        learner,
        batch: (index) => {
          const key = data.onDevice?.key(firstBatch + index);
          return key ? { key } : data.batch(firstBatch + index);
        },
        heldOut: data.heldOut,
        ...(step === 0 ? { facts: { ...learner.facts?.(), ...memoryFact(learner) } } : {}),
      },
      step,
      stageContext(run, prepared, learner),
    );
    await finishStage(run, prepared, learner);
  } finally {
    await learner.close();
  }
}

/** Only some devices know it. */
function memoryFact({ peakBytes }: Learner): { readonly peakBytes?: number } {
  return peakBytes === undefined ? {} : { peakBytes };
}

function stageContext(run: TrainingRun, prepared: PreparedStage, learner: Learner) {
  const { label: arm, paths, metrics, listener, signal, elapsedSeconds } = run;
  return {
    arm,
    directory: paths.directory,
    metrics,
    listener,
    signal,
    elapsedSeconds,
    checkpointEvery: run.prepared.recipe.checkpoint.everySteps,
    note: (at: string) => run.device.note(at),
    save: async (step: number) => {
      const snapshot = await learner.snapshot();
      // First the rows, then the checkpoint that covers them.
      metrics.flush();
      const saved = saveCheckpointOf(run, prepared, step, snapshot);
      listener({ kind: 'checkpoint', path: saved, stage: prepared.stage.name, step });
    },
  };
}
