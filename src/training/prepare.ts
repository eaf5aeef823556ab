// What a run needs before its first step: everything that bad input can break is checked here.

import { existsSync } from 'node:fs';
import {
  type AlgorithmDefinition,
  checkTransfer,
  configsOf,
  type DataFacts,
  explainRefusal,
  requireAccepted,
  requireArtifacts,
} from '../algorithms/index.ts';
import { foldIn, inContext, type Key, keyFromSeed, UserError } from '../core/index.ts';
import { createModel, describeModel, type Model, type ModelDescription } from '../nn/index.ts';
import type { OpenedData } from './data/data.ts';
import { glanceData, openData } from './data/open-data.ts';
import { BESIDE, type FoundStart, findStart } from './find-start.ts';
import { requireLearned } from './gate-record.ts';
import { listStages, type Recipe, type ResolvedStage, startOf } from './recipe.ts';
import { requireBatchFits } from './recipe-parts.ts';
import { optionsOf, type Registries } from './registries.ts';
import { isJudged, refuseUnjudged } from './require-judged.ts';
import { requireModelFits } from './require-memory.ts';
import { requireMeshDivides, requireMeshDraws } from './require-mesh.ts';
import { checkRollout } from './rollout-length.ts';
import { sharedFolder, shareFolder } from './shared-data.ts';
import { keepOf, type Start } from './start-schema.ts';
import { dataFolder, gatePath } from './training-folder.ts';

/** A stage with its data open and its model described. */
export type PreparedStage = {
  readonly stage: ResolvedStage;
  /** Key of the algorithm's randomness. */
  readonly key: Key;
  /** Key of a new model, and of data. */
  readonly dataKey: Key;
  readonly data: OpenedData;
  /** Batches of this stage's size that stages before it have taken from the same data. */
  readonly firstBatch: number;
  readonly model: Model;
  /** The model as plain data. */
  readonly description: ModelDescription;
  readonly algorithm: AlgorithmDefinition;
  /** What it begins with; null from scratch. */
  readonly start: (Start & { readonly from: string }) | null;
};

export type Prepared = {
  readonly recipe: Recipe;
  readonly registries: Registries;
  readonly stages: readonly PreparedStage[];
  close(): Promise<void>;
};

export type PrepareOptions = {
  readonly registries: Registries;
  /** The run's folder, where data keep what a resumed run needs; null to only look, and write nothing. */
  readonly directory: string | null;
  /** Whether a stage has already started, so that its starting model is not checked again. */
  readonly hasBegun?: (stage: string) => boolean;
  /** A folder in which runs share what they prepare of equal data. */
  readonly sharedData?: string | undefined;
};

/**
 * Opens the data of every stage, creates their models, and checks that the algorithms accept them.
 *
 * @throws UserError for whatever does not fit
 */
export async function prepare(recipe: Recipe, options: PrepareOptions): Promise<Prepared> {
  const { hasBegun = () => false } = options;
  const stages: PreparedStage[] = [];
  const close = async () => {
    for (const { data } of stages) await data.close();
  };
  try {
    for (const { name } of listStages(recipe)) stages.push(await openStage(recipe, name, options));
    for (const prepared of stages) {
      if (hasBegun(prepared.stage.name)) continue;
      tryStart(recipe, { ...prepared, facts: dataFacts(prepared.data) }, stages, options);
      const { start, stage } = prepared;
      if (!start || !Object.hasOwn(recipe.stages, start.from) || isJudged(stages, start.from))
        continue;
      refuseUnjudged(recipe, stage.name, start.from);
    }
    checkRollout(recipe, stages.at(-1)!);
  } catch (error) {
    await close();
    throw error;
  }
  return { recipe, registries: options.registries, stages, close };
}

/**
 * One stage of a recipe by itself.
 *
 * @param options.begun whether the folder must hold already what its data keep; nothing is written then
 * @throws UserError as `prepare`
 */
export async function openStage(
  recipe: Recipe,
  name: string,
  { registries, directory, sharedData, begun }: PrepareOptions & { readonly begun?: boolean },
): Promise<PreparedStage> {
  const stage = listStages(recipe).find((one) => one.name === name)!;
  const key = foldIn(keyFromSeed(recipe.seed), name);
  const context = { ...dataContext(recipe, stage, directory), begun };
  const shared =
    sharedData === undefined || context.directory === null
      ? null
      : { folder: sharedFolder(sharedData, recipe, stage), own: context.directory };
  if (shared) shareFolder(shared.folder, shared.own);
  const data = await openData(registries.data, stage.data, context);
  try {
    if (shared) shareFolder(shared.own, shared.folder);
    const fitted = fitStage(recipe, stage, data, registries);
    const start = startOf(recipe, stage.name);
    const firstBatch = firstBatchOf(recipe, stage);
    return { stage, key, dataKey: context.key, data, firstBatch, ...fitted, start };
  } catch (error) {
    await data.close();
    throw error;
  }
}

/** What a stage's data are opened for; without a folder to look only. */
export function dataContext(recipe: Recipe, stage: ResolvedStage, directory: string | null) {
  const runKey = keyFromSeed(recipe.seed);
  return {
    directory:
      directory === null ? null : dataFolder(directory, stage.sharesData ? null : stage.name),
    seed: recipe.seed,
    key: stage.sharesData ? runKey : foldIn(runKey, stage.stream ?? stage.name),
    contextLength: stage.contextLength,
    batchSize: stage.batchSize,
    heldOutSequences: stage.heldOutSequences,
    steps: firstBatchOf(recipe, stage) + stage.steps,
    place: stage.sharesData ? 'data' : `stages.${stage.name}.data`,
  };
}

/** Batches of a stage's size that stages before it take from the same data. */
function firstBatchOf(recipe: Recipe, { name, sharesData }: ResolvedStage): number {
  if (!sharesData) return 0;
  // In sequences, since stages may have batches of different sizes.
  let taken = 0;
  for (const stage of listStages(recipe)) {
    if (!stage.sharesData) continue;
    const first = Math.ceil(taken / stage.batchSize);
    if (stage.name === name) return first;
    taken = (first + stage.steps) * stage.batchSize;
  }
  throw new Error(`the recipe has no stage '${name}'`);
}

/** The model of a stage, and its algorithm, which takes it. */
function fitStage(
  recipe: Recipe,
  stage: ResolvedStage,
  facts: DataFacts,
  registries: Registries,
): Pick<PreparedStage, 'model' | 'description' | 'algorithm'> {
  const place = `stages.${stage.name}`;
  const { accumulate } = stage;
  // Files may determine the context length.
  const { contextLength } = facts;
  requireBatchFits(place, { batchSize: stage.batchSize / accumulate, accumulate, contextLength });
  const description = describeStageModel(recipe, facts, registries);
  const { kind, options, sizes } = description;
  const model = createModel(registries.models, kind, options, sizes);
  const algorithm = registries.algorithms[stage.algorithm.kind]!;
  const plan = { model, data: facts, options: optionsOf(stage.algorithm) };
  const refusal = explainRefusal(algorithm, plan);
  if (refusal !== null) throw new UserError(`${place}: ${refusal}`);
  if (stage.batchSize % stage.accumulate !== 0) {
    throw new UserError(
      `${place}: batchSize ${stage.batchSize} does not divide into ${stage.accumulate} parts`,
      { hint: 'choose a batchSize that is a multiple of accumulate' },
    );
  }
  const specs = algorithm.specs(model, optionsOf(stage.algorithm));
  requireMeshDivides(recipe.engine, place, stage, specs);
  requireMeshDraws(recipe.engine, place, facts);
  requireModelFits(specs, place);
  return { model, description, algorithm };
}

/**
 * Checks whether a run could start, without reading much; writes nothing.
 *
 * @throws UserError as `prepare`
 */
export async function tryTraining(
  recipe: Recipe,
  { registries, sharedData }: Pick<PrepareOptions, 'registries' | 'sharedData'>,
): Promise<void> {
  const tried: FittedStage[] = [];
  for (const stage of listStages(recipe)) {
    const facts = await glanceStage(recipe, stage, registries, sharedData);
    const fitted = { stage, facts, ...fitStage(recipe, stage, facts, registries) };
    tryStart(recipe, fitted, tried, { registries, directory: null });
    tried.push(fitted);
  }
  // The length of training was tried above.
  if (recipe.rollout.length !== undefined) await tryRollout(recipe, tried.at(-1)!, registries);
}

async function tryRollout(
  recipe: Recipe,
  { stage, model }: FittedStage,
  { data }: Registries,
): Promise<void> {
  const opened = await openData(data, stage.data, dataContext(recipe, stage, null));
  try {
    checkRollout(recipe, { data: opened, model });
  } finally {
    await opened.close();
  }
}

/** Facts of a stage's data; of data that another run has prepared, from there. */
async function glanceStage(
  recipe: Recipe,
  stage: ResolvedStage,
  { data }: Registries,
  sharedData: string | undefined,
): Promise<DataFacts> {
  const context = dataContext(recipe, stage, null);
  const folder = sharedData === undefined ? null : sharedFolder(sharedData, recipe, stage);
  if (folder === null || !existsSync(folder)) return glanceData(data, stage.data, context);
  const opened = await openData(data, stage.data, { ...context, directory: folder, begun: true });
  await opened.close();
  return opened;
}

/** The run's model on some data, as plain data. */
export function describeStageModel(
  { model }: Recipe,
  { vocabSize, contextLength }: Pick<DataFacts, 'vocabSize' | 'contextLength'>,
  { models }: Registries,
): ModelDescription {
  return describeModel(models, model.kind, optionsOf(model), { vocabSize, contextLength });
}

export function dataFacts(data: OpenedData): DataFacts {
  const { vocabSize, contextLength, batchSize, firstPosition, order, weighted } = data;
  return {
    ...{ vocabSize, contextLength, batchSize, firstPosition, order, weighted },
    ...(data.drawnOnDevice ? { drawnOnDevice: true } : {}),
  };
}

type FittedStage = Pick<PreparedStage, 'stage' | 'model' | 'algorithm'> & {
  readonly facts: DataFacts;
};

/** Checks that the starting model of a stage exists, can be carried over, and is all that the stage needs. */
function tryStart(
  recipe: Recipe,
  { stage, model, algorithm, facts }: FittedStage,
  stages: readonly Omit<FittedStage, 'facts'>[],
  options: Pick<PrepareOptions, 'registries' | 'directory'>,
): void {
  const start = startOf(recipe, stage.name);
  // The artifacts of another run of a study may not exist yet.
  if (options.directory === null && start?.from.startsWith(BESIDE)) return;
  let found: FoundStart | null = null;
  try {
    const asked = { model, data: facts, options: optionsOf(stage.algorithm) };
    const before = stages.find((other) => other.stage.name === start?.from);
    found = start && !before ? findStart(start.from, options) : null;
    const origin = before?.model ?? found?.model;
    if (start && origin) checkTransfer(origin, model, { ...start, keep: keepOf(start) });
    const leaves = before?.algorithm.leaves?.(optionsOf(before.stage.algorithm));
    const { needs, adopts } = algorithm;
    const given = found && (needs ?? adopts) ? configsOf(found.read()) : leaves;
    if (start && keepOf(start).modules.length > 0) requireArtifacts(algorithm, adopts, given ?? {});
    requireAccepted(algorithm, asked, given ?? {});
  } catch (error) {
    throw inContext(`stages.${stage.name}.start`, error);
  }
  // A shipped source is judged when the stage begins.
  if (!found || found.shipped) return;
  const { run } = found;
  const { from } = start!;
  const gate = run && gatePath(run.directory, run.stage);
  if (!gate || !existsSync(gate)) refuseUnjudged(recipe, stage.name, from);
  // A refusal of a job of a study is a result, which the job notes when its stage starts.
  else if (!from.startsWith(BESIDE)) requireLearned(gate, from, stage);
}
