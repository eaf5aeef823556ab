// The learner of a stage: from its checkpoint, from its starting model, or from scratch.

import {
  type Artifacts,
  arraysToTree,
  isSelected,
  type Learner,
  type LearnerSnapshot,
  openLearner as openAlgorithm,
  transferParams,
} from '../algorithms/index.ts';
import {
  foldIn,
  initParams,
  type NdArray,
  type ParamSpec,
  type Tree,
  UserError,
} from '../core/index.ts';
import { createOptimizer } from '../optim/index.ts';
import { readArtifacts } from '../run/artifacts.ts';
import { findLearner, type LearnerDescription, saveLearner } from '../run/learner-checkpoint.ts';
import type { Device } from '../tensor/index.ts';
import { findStart } from './find-start.ts';
import { dataFacts, type PreparedStage } from './prepare.ts';
import type { OptimizerRecipe, Recipe } from './recipe.ts';
import { optionsOf, type Registries } from './registries.ts';
import { keepOf } from './start-schema.ts';
import { artifactsPath, checkpointFolder } from './training-folder.ts';
import type { TrainingRun } from './training-run.ts';

/** Opens the learner of a stage; `step` is how many it has taken. */
export async function openStageLearner(
  { prepared: whole, paths, device, listener }: TrainingRun,
  prepared: PreparedStage,
): Promise<{ readonly learner: Learner; readonly step: number }> {
  const { registries, recipe } = whole;
  const point = findLearner(
    checkpointFolder(paths, prepared.stage.name),
    registries.models,
    describeLearner(prepared),
    recipe.checkpoint.keepLast,
    (text) => listener({ kind: 'message', text }),
  );
  const place = { registries, recipe, directory: paths.directory };
  return { learner: await openLearner(device, prepared, point, place), step: point?.step ?? 0 };
}

/** The folders of a run's models. */
export type LearnerPlace = {
  readonly registries: Registries;
  readonly recipe: Recipe;
  readonly directory: string;
};

/** The learner of a stage from a checkpoint, or in its initial state. */
export function openLearner(
  device: Device,
  { stage, model, algorithm, data, key, dataKey, start }: PreparedStage,
  point: LearnerSnapshot | null,
  place: LearnerPlace,
): Promise<Learner> {
  const options = optionsOf(stage.algorithm);
  const specs = algorithm.specs(model, options);
  const needsArtifacts = (algorithm.needs ?? []).some((name) => name !== 'model');
  const artifacts = start && (!point || needsArtifacts) ? readStart(place, start.from) : {};
  return openAlgorithm(algorithm, {
    device,
    model,
    data: dataFacts(data),
    source: data.onDevice?.world,
    options,
    key,
    artifacts,
    accumulate: stage.accumulate,
    optimizer: createOptimizer(
      place.registries.optimizers,
      stage.optimizer.kind,
      ownOptions(stage.optimizer),
    ),
    clipNorm: stage.optimizer.clipNorm,
    ...(start?.freeze ? { frozen: (spec: ParamSpec) => isSelected(start.freeze, spec) } : {}),
    initial: point
      ? { params: arraysToTree(specs, point.params), optimizer: point.optimizer }
      : { params: beginParams({ algorithm, dataKey, start, stage }, specs, artifacts) },
  });
}

/** An optimizer's own options, without those that all of them have. */
function ownOptions(optimizer: OptimizerRecipe): object {
  const { kind: _, learningRate: __, schedule: ___, clipNorm: ____, ...options } = optimizer;
  return options;
}

/** The artifacts of the stage that a stage starts from, read from the disk, whether this process wrote them or another one. */
function readStart({ registries, recipe, directory }: LearnerPlace, from: string): Artifacts {
  if (Object.hasOwn(recipe.stages, from)) return readArtifacts(artifactsPath(directory, from));
  return findStart(from, { registries, directory }).read();
}

/** New parameters: the same whatever the stage starts from, except for those that are carried over. */
function beginParams(
  {
    algorithm,
    dataKey,
    start,
    stage,
  }: Pick<PreparedStage, 'algorithm' | 'dataKey' | 'start' | 'stage'>,
  specs: Tree<ParamSpec>,
  artifacts: Artifacts,
): Tree<NdArray> {
  const key = foldIn(dataKey, 'model');
  if (start === null) return initParams(specs, key);
  const arrays = algorithm.adopt?.(artifacts) ?? artifacts.model?.arrays;
  if (!arrays) {
    throw new UserError(`stages.${stage.name}.start: ${start.from} left no model`);
  }
  const { embeddingStd, weights } = start;
  return transferParams(arrays, specs, key, { keep: keepOf(start), embeddingStd, weights });
}

/** What the checkpoints of a stage must belong to. */
export function describeLearner({ stage, description }: PreparedStage): LearnerDescription {
  return {
    stage: stage.name,
    model: description,
    algorithm: stage.algorithm,
  };
}

/** Saves the learner of a stage. Returns the checkpoint's path. */
export function saveCheckpointOf(
  { prepared: { registries, recipe }, paths }: TrainingRun,
  prepared: PreparedStage,
  step: number,
  snapshot: LearnerSnapshot,
): string {
  const { stage, data } = prepared;
  return saveLearner({
    ...describeLearner(prepared),
    step,
    snapshot,
    registry: registries.models,
    tokenizer: data.tokenizer,
    directory: checkpointFolder(paths, stage.name),
    keepLast: recipe.checkpoint.keepLast,
  });
}
