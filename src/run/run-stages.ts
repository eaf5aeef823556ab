// The two stages of a run as learners: from a source world, and from text with what is transferred to it.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { arraysToTree, isSelected, type ParamFilter, transferParams } from '../algorithms/index.ts';
import { foldIn, type Key, type NdArray, type Tree } from '../core/index.ts';
import { openGenerator } from '../eval/index.ts';
import { ensureDirectory } from '../files/atomic.ts';
import { writeJsonAtomic } from '../files/json.ts';
import {
  createLlama,
  initLlama,
  type LlamaConfig,
  type LlamaParams,
  llamaDescription,
  llamaSpecs,
  MODELS,
} from '../nn/index.ts';
import type { Device } from '../tensor/index.ts';
import type { TokenBatch, Tokenizer } from '../text/index.ts';
import { findLatestCheckpoint } from './checkpoint.ts';
import type { Listener } from './events.ts';
import { gatePath, holdsSupersededGate, readGate } from './gate-record.ts';
import { judgeSourceFolder } from './judge-model.ts';
import { findLearner, saveLearner } from './learner-checkpoint.ts';
import { type GateRecord, measureGate } from './measure-gate.ts';
import type { MetricsWriter } from './metrics.ts';
import { loadModel } from './model-files.ts';
import { type LanguageModelLearner, openLanguageModel } from './open-language-model.ts';
import type { PreparedRun } from './prepare-run.ts';
import type { Recipe, SourceRecipe, TextRecipe } from './recipe.ts';
import { type RunPaths, type StageName, stageFolder } from './run-folder.ts';
import { describeEpochs, firstPosition, openSourceData, type SourceData } from './source-stage.ts';
import { runStage, type Stage } from './stage.ts';
import { readTransferRecord } from './transfer-origin.ts';

/** A run under way: what its stages share. */
export type Run = {
  readonly recipe: Recipe;
  readonly prepared: PreparedRun;
  readonly paths: RunPaths;
  readonly device: Device;
  readonly metrics: MetricsWriter;
  /** Name of the arm in reports. */
  readonly arm: string;
  readonly signal: AbortSignal;
  readonly listener: Listener;
  readonly key: Key;
  readonly elapsedSeconds: () => number;
  /** Throws UserError when the folder was moved or removed: called before anything is written into it. */
  readonly requireFolder: () => void;
};

/** The gate's findings where the text stage has a checkpoint already: the source model is not needed then. */
export function pastSource(run: Run): { gate: GateRecord; params: null } | null {
  const file = gatePath(run.paths.directory);
  const { checkpoint } = findLatestCheckpoint(stageFolder(run.paths, 'text'));
  if (!checkpoint || !existsSync(file)) return null;
  return { gate: readGate(file), params: null };
}

/** Trains on the source world and judges the model at the gate. */
export async function runSource(
  run: Run,
  recipe: SourceRecipe,
): Promise<{ gate: GateRecord; params: LlamaParams<NdArray> }> {
  const key = foldIn(run.key, 'source');
  const { world, config } = run.prepared.source!;
  const data = await openSourceData(recipe, world, key);
  try {
    const epochs = describeEpochs(recipe, data);
    if (epochs) run.listener({ kind: 'message', text: epochs });
    return await trainOnSource(run, recipe, config, key, data);
  } finally {
    await data.close();
  }
}

async function trainOnSource(
  run: Run,
  recipe: SourceRecipe,
  config: LlamaConfig,
  key: Key,
  data: SourceData,
): Promise<{ gate: GateRecord; params: LlamaParams<NdArray> }> {
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
  const gate = await recordGate(run, () => measureGate(data, learner));
  run.listener({ kind: 'gate', gate: gate.gate });
  const params = await learner.params();
  await learner.close();
  return { gate, params };
}

/**
 * The gate of a shipped source that the text stage begins with, measured now on held-out sequences of the run's seed; null
 * where it begins with anything else.
 */
export async function judgeOrigin(run: Run): Promise<GateRecord | null> {
  const shipped = run.prepared.origin?.shipped;
  const { directory } = run.paths;
  if (!shipped) {
    // The text stage has begun: what was found before it did is there.
    const isPast = readTransferRecord(directory)?.source && existsSync(gatePath(directory));
    return isPast ? readGate(gatePath(directory)) : null;
  }
  const record = await recordGate(run, () =>
    judgeSourceFolder(shipped, { device: run.device, seed: run.recipe.seed }),
  );
  run.listener({ kind: 'gate', gate: record.gate, arm: shipped.name });
  return record;
}

/** The gate's record that lies in the folder; measured now where there is none, or one that was superseded. */
async function recordGate(run: Run, measure: () => Promise<GateRecord>): Promise<GateRecord> {
  const file = gatePath(run.paths.directory);
  if (existsSync(file) && !holdsSupersededGate(file)) return readGate(file);
  const gate = await measure();
  run.requireFolder();
  writeJsonAtomic(file, gate);
  return gate;
}

/** Trains on text, from what is transferred of the source stage's model or of `transfer.from`, or from scratch. */
export async function runText(
  run: Run,
  recipe: TextRecipe,
  source: LlamaParams<NdArray> | null,
): Promise<void> {
  const { data, config, key } = run.prepared.text!;
  const { transfer } = run.recipe;
  const point = resumePoint(run, 'text', config);
  const modelKey = foldIn(key, 'model');
  const { origin } = run.prepared;
  const before =
    source ?? (origin && (loadModel(origin.folder, MODELS).params as LlamaParams<NdArray>));
  const initial =
    point ??
    ({
      // The same key with and without a source: what transfer leaves out is equal in both arms.
      params: before
        ? transferParams(before as unknown as Tree<NdArray>, llamaSpecs(config), modelKey, transfer)
        : initLlama(config, modelKey),
    } satisfies InitialState);
  const learner = await openStageLearner(run, recipe, config, {
    firstPosition: 0,
    key,
    initial,
    ...((run.recipe.source ?? transfer.from) && transfer.freeze
      ? { frozen: (spec) => isSelected(transfer.freeze, spec) }
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
  const generator = await openGenerator(run.device, createLlama(config), learner.state);
  const tokens = await generator.generate({
    ...SAMPLE,
    prompt: tokenizer.encode(SAMPLE.prompt),
    startToken: tokenizer.endOfText,
    seed: run.recipe.seed,
  });
  await generator.close();
  const sample = { ...SAMPLE, text: tokenizer.decode(tokens) };
  run.requireFolder();
  ensureDirectory(run.paths.samples);
  writeJsonAtomic(path.join(run.paths.samples, 'final.json'), sample);
}

type InitialState = { readonly params: LlamaParams<NdArray> };

function resumePoint(run: Run, stage: StageName, config: LlamaConfig) {
  const { keepLast } = run.recipe.checkpoint;
  const description = { stage, model: llamaDescription(config) };
  const point = findLearner(stageFolder(run.paths, stage), MODELS, description, keepLast, (text) =>
    run.listener({ kind: 'message', text }),
  );
  return point && { ...point, params: arraysToTree(llamaSpecs(config), point.params) };
}

function openStageLearner(
  run: Run,
  recipe: SourceRecipe | TextRecipe,
  config: LlamaConfig,
  options: {
    readonly firstPosition: number;
    readonly key: Key;
    readonly initial: Parameters<typeof openLanguageModel>[2];
    readonly frozen?: ParamFilter;
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
  data: Pick<Stage<TokenBatch>, 'batch' | 'heldOut'>,
): Stage<TokenBatch> {
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
    arm: run.arm,
    directory: run.paths.directory,
    metrics: run.metrics,
    listener: run.listener,
    signal: run.signal,
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
    const snapshot = await learner.snapshot();
    run.metrics.flush();
    const saved = saveLearner({
      ...{ directory: stageFolder(run.paths, stage), registry: MODELS },
      ...{ stage, model: llamaDescription(config), step },
      ...{ keepLast: run.recipe.checkpoint.keepLast, snapshot, tokenizer },
    });
    run.listener({ kind: 'checkpoint', path: saved, stage, step });
  };
}
