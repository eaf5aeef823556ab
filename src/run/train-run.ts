// A whole run: source stage, gate, transfer, text stage, in a folder, from wherever it stopped.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { foldIn, type Key, keyFromSeed, type NdArray, UserError } from '../core/index.ts';
import { openGenerator } from '../eval/index.ts';
import { ensureDirectory, writeFileAtomic } from '../files/atomic.ts';
import {
  isSelected,
  type LanguageModelLearner,
  openLanguageModel,
  transferLlama,
} from '../learn/index.ts';
import { initLlama, type LlamaConfig, type LlamaParams } from '../nn/index.ts';
import type { Device } from '../tensor/index.ts';
import type { Tokenizer } from '../text/index.ts';
import { findLatestCheckpoint } from './checkpoint.ts';
import type { Listener } from './events.ts';
import { MetricsWriter, readMetrics, rewindMetrics } from './metrics.ts';
import {
  findResumePoint,
  findWholeCheckpoint,
  requireModel,
  saveModel,
} from './model-checkpoint.ts';
import { openRunDevice } from './open-run-device.ts';
import { abandonStart, type PreparedRun, prepareRun, removeIfEmpty } from './prepare-run.ts';
import { collectProvenance } from './provenance.ts';
import { readJsonFile } from './read-json.ts';
import { parseRecipe, type Recipe, type SourceRecipe, type TextRecipe } from './recipe.ts';
import { createRunFolder, lockRunFolder, type RunLock, type RunPaths } from './run-folder.ts';
import {
  createSourceData,
  firstPosition,
  type GateRecord,
  measureGate,
  type SourceData,
} from './source-stage.ts';
import { runStage, type Stage } from './stage.ts';
import { type ArmSummary, metricCurve, type Summary } from './summary.ts';
import { readTextInfo, textFolder } from './text-stage.ts';

export type TrainOptions = {
  readonly directory: string;
  /** Name of the arm in reports; by default the recipe's name. */
  readonly arm?: string;
  readonly listener?: Listener;
  /** Fires to stop after the step under way, with everything saved. */
  readonly signal?: AbortSignal;
};

const STAGES = ['source', 'text'] as const;
type StageName = (typeof STAGES)[number];

/**
 * Starts a new run. The folder must be new, or empty; it is left that way when the recipe asks for
 * something that cannot be had.
 *
 * @throws UserError for a folder in use, and for what `prepareRun` finds
 */
export async function startRun(recipe: Recipe, options: TrainOptions): Promise<Summary> {
  const isNew = !existsSync(options.directory);
  const paths = createRunFolder(options.directory);
  let lock: RunLock | undefined;
  let opened: OpenedRun;
  try {
    lock = lockRunFolder(options.directory);
    writeFileAtomic(paths.provenance, json(collectProvenance()));
    writeFileAtomic(paths.recipe, json(recipe));
    opened = await openRun(recipe, paths);
  } catch (error) {
    // Without the lock, what lies there is another process's.
    if (lock) abandonStart(paths);
    lock?.release();
    if (isNew) removeIfEmpty(paths.directory);
    throw error;
  }
  try {
    return await train(recipe, opened, paths, options);
  } finally {
    lock.release();
  }
}

/**
 * Goes on with a run where it stopped, to the same bits as if it had not. A finished run is left as it is.
 *
 * @throws UserError when the folder holds no run, another process is at it, or a stage has checkpoints
 *   that are all damaged or of another model; nothing is changed then
 */
export async function resumeRun(options: TrainOptions): Promise<Summary> {
  const paths = createRunFolder(options.directory, { resume: true });
  const lock = lockRunFolder(options.directory);
  try {
    if (existsSync(paths.summary)) return readJsonFile(paths.summary) as Summary;
    const recipe = readRecipe(paths);
    const opened = await openRun(recipe, paths, { resume: true });
    return await train(recipe, opened, paths, options);
  } finally {
    lock.release();
  }
}

/** The resolved recipe of a run folder. */
export function readRecipe(paths: RunPaths): Recipe {
  if (!existsSync(paths.recipe)) {
    throw new UserError(`${paths.directory} is no run folder: it has no recipe.json`);
  }
  return parseRecipe(readJsonFile(paths.recipe), paths.recipe);
}

/** Where the gate's findings lie in a run folder. */
export function gatePath(directory: string): string {
  return path.join(directory, 'gate.json');
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

type OpenedRun = {
  readonly prepared: PreparedRun;
  readonly device: Device;
  /** When this process began with the run, by `performance.now()`. */
  readonly beganMs: number;
};

async function openRun(
  recipe: Recipe,
  paths: RunPaths,
  { resume = false } = {},
): Promise<OpenedRun> {
  const beganMs = performance.now();
  const prepared = prepareRun(recipe, paths.directory, keyFromSeed(recipe.seed));
  if (resume) rewind(recipe, prepared, paths);
  return { prepared, device: await openRunDevice(recipe.engine), beganMs };
}

type Run = {
  readonly recipe: Recipe;
  readonly prepared: PreparedRun;
  readonly paths: RunPaths;
  readonly device: Device;
  readonly metrics: MetricsWriter;
  readonly options: TrainOptions;
  readonly listener: Listener;
  readonly key: Key;
  readonly elapsedSeconds: () => number;
};

async function train(
  recipe: Recipe,
  { prepared, device, beganMs }: OpenedRun,
  paths: RunPaths,
  options: TrainOptions,
): Promise<Summary> {
  const listener = options.listener ?? (() => {});
  const before = lastElapsed(paths);
  const elapsedSeconds = () => before + (performance.now() - beganMs) / 1000;
  const metrics = new MetricsWriter(paths.metrics);
  const run: Run = {
    recipe,
    prepared,
    paths,
    device,
    metrics,
    options,
    listener,
    key: keyFromSeed(recipe.seed),
    elapsedSeconds,
  };
  try {
    const source = recipe.source
      ? (pastSource(run) ?? (await runSource(run, recipe.source)))
      : null;
    if (recipe.text) await runText(run, recipe.text, source?.params ?? null);
    metrics.flush();
    const summary = summarize(run, source?.gate ?? null);
    writeFileAtomic(paths.summary, json(summary));
    return summary;
  } finally {
    metrics.close();
    await device.close();
  }
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
    requireModel(checkpoint.path, prepared[stage]!.config);
    position = { stage, step: checkpoint.step };
  }
  rewindMetrics(paths.metrics, position, STAGES);
}

/** The gate's findings where the text stage has a checkpoint already: the source model is not needed then. */
function pastSource(run: Run): { gate: GateRecord; params: null } | null {
  const file = gatePath(run.paths.directory);
  const { checkpoint } = findLatestCheckpoint(stageFolder(run.paths, 'text'));
  if (!checkpoint || !existsSync(file)) return null;
  return { gate: readJsonFile(file) as GateRecord, params: null };
}

/** Folder of a stage's checkpoints. */
export function stageFolder(paths: RunPaths, stage: StageName): string {
  return path.join(paths.checkpoints, stage);
}

function lastElapsed(paths: RunPaths): number {
  const row = readMetrics(paths.metrics).findLast(({ elapsed }) => typeof elapsed === 'number');
  return (row?.elapsed as number | undefined) ?? 0;
}

async function runSource(
  run: Run,
  recipe: SourceRecipe,
): Promise<{ gate: GateRecord; params: LlamaParams<NdArray> }> {
  const key = foldIn(run.key, 'source');
  const { world, config } = run.prepared.source!;
  const data = createSourceData(recipe, world, key);
  const point = resumePoint(run, 'source', config);
  const learner = await openStageLearner(run, recipe, config, {
    firstPosition: firstPosition(data.world),
    key,
    initial: point ?? { params: initLlama(config, foldIn(key, 'model')) },
  });
  await runStage(describeStage('source', recipe, learner, data), point?.step ?? 0, {
    ...stageContext(run),
    save: saver(run, 'source', config, learner),
  });
  const gate = await readOrMeasureGate(run, data, learner);
  run.listener({ kind: 'gate', gate: gate.gate });
  const params = await learner.params();
  await learner.close();
  return { gate, params };
}

async function readOrMeasureGate(
  run: Run,
  data: SourceData,
  learner: LanguageModelLearner,
): Promise<GateRecord> {
  const file = gatePath(run.paths.directory);
  if (existsSync(file)) return readJsonFile(file) as GateRecord;
  const gate = await measureGate(data, learner);
  writeFileAtomic(file, json(gate));
  return gate;
}

async function runText(
  run: Run,
  recipe: TextRecipe,
  source: LlamaParams<NdArray> | null,
): Promise<void> {
  const { data, config, key } = run.prepared.text!;
  const { transfer } = run.recipe;
  const point = resumePoint(run, 'text', config);
  const modelKey = foldIn(key, 'model');
  const initial =
    point ??
    ({
      // The same key with and without a source: what transfer leaves out is equal in both arms.
      params: source
        ? transferLlama(source, config, modelKey, transfer)
        : initLlama(config, modelKey),
    } satisfies InitialState);
  const learner = await openStageLearner(run, recipe, config, {
    firstPosition: 0,
    key,
    initial,
    ...(run.recipe.source && transfer.freeze
      ? { frozen: (path: string) => isSelected(transfer.freeze, path) }
      : {}),
  });
  await runStage(describeStage('text', recipe, learner, data), point?.step ?? 0, {
    ...stageContext(run),
    save: saver(run, 'text', config, learner, data.tokenizer),
  });
  await writeSample(run, config, data.tokenizer, learner);
  await learner.close();
}

const SAMPLE = { prompt: 'The ', maxTokens: 200, temperature: 0.8, topP: 0.95 };

/** What the finished model writes, for the report. */
async function writeSample(
  run: Run,
  config: LlamaConfig,
  tokenizer: Tokenizer,
  learner: LanguageModelLearner,
): Promise<void> {
  const generator = await openGenerator(run.device, config, learner.state);
  const tokens = await generator.generate({
    ...SAMPLE,
    prompt: tokenizer.encode(SAMPLE.prompt),
    startToken: tokenizer.endOfText,
    seed: run.recipe.seed,
  });
  await generator.close();
  const sample = { ...SAMPLE, text: tokenizer.decode(tokens) };
  ensureDirectory(run.paths.samples);
  writeFileAtomic(path.join(run.paths.samples, 'final.json'), json(sample));
}

type InitialState = { readonly params: LlamaParams<NdArray> };

function resumePoint(run: Run, stage: StageName, config: LlamaConfig) {
  return findResumePoint(stageFolder(run.paths, stage), config, (text) =>
    run.listener({ kind: 'message', text }),
  );
}

function openStageLearner(
  run: Run,
  recipe: SourceRecipe | TextRecipe,
  config: LlamaConfig,
  options: {
    readonly firstPosition: number;
    readonly key: Key;
    readonly initial: Parameters<typeof openLanguageModel>[2];
    readonly frozen?: (path: string) => boolean;
  },
): Promise<LanguageModelLearner> {
  const { initial, ...rest } = options;
  return openLanguageModel(
    run.device,
    {
      config,
      batchSize: recipe.batchSize * recipe.accumulate,
      contextLength: recipe.contextLength,
      accumulate: recipe.accumulate,
      optimizer: recipe.optimizer,
      ...rest,
    },
    initial,
  );
}

function describeStage(
  name: StageName,
  recipe: SourceRecipe | TextRecipe,
  learner: LanguageModelLearner,
  data: Pick<Stage, 'batch' | 'heldOut'>,
): Stage {
  return {
    name,
    steps: recipe.steps,
    evaluateEvery: recipe.evaluateEvery,
    learningRate: recipe.optimizer.learningRate,
    schedule: recipe.optimizer.schedule,
    tokensPerStep: recipe.batchSize * recipe.accumulate * recipe.contextLength,
    learner,
    batch: data.batch,
    heldOut: data.heldOut,
  };
}

function stageContext(run: Run) {
  return {
    arm: run.options.arm ?? run.recipe.name,
    directory: run.paths.directory,
    metrics: run.metrics,
    listener: run.listener,
    signal: run.options.signal ?? new AbortController().signal,
    checkpointEvery: run.recipe.checkpoint.everySteps,
    elapsedSeconds: run.elapsedSeconds,
  };
}

function saver(
  run: Run,
  stage: StageName,
  config: LlamaConfig,
  learner: LanguageModelLearner,
  tokenizer?: Tokenizer,
) {
  return async (step: number) => {
    // First the rows, then the checkpoint that stands for them.
    run.metrics.flush();
    const saved = saveModel({
      directory: stageFolder(run.paths, stage),
      stage,
      step,
      keepLast: run.recipe.checkpoint.keepLast,
      config,
      snapshot: await learner.snapshot(),
      tokenizer,
    });
    run.listener({ kind: 'checkpoint', path: saved, stage, step });
  };
}

function summarize(run: Run, gate: GateRecord | null): Summary {
  const rows = readMetrics(run.paths.metrics);
  const curve = metricCurve(rows, 'text', 'heldOutLoss');
  const textLoss = curve.at(-1)?.[1] ?? null;
  const info = run.recipe.text ? readTextInfo(textFolder(run.paths.directory)) : null;
  const arm: ArmSummary = {
    name: run.options.arm ?? run.recipe.name,
    seed: run.recipe.seed,
    textLoss,
    bitsPerByte:
      textLoss === null || info === null
        ? null
        : (textLoss * info.validationTokens) / (Math.LN2 * info.validationBytes),
    curve,
  };
  return {
    name: run.recipe.name,
    gate: gate?.gate ?? null,
    arms: run.recipe.text ? [arm] : [],
    seconds: run.elapsedSeconds(),
  };
}
