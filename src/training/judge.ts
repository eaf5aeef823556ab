// Gates of models: of a stage, of a run in a folder, of a shipped source; and of predictors only.

import { existsSync } from 'node:fs';
import type { NamedArrays } from '../algorithms/index.ts';
import { foldIn, keyFromSeed, UserError } from '../core/index.ts';
import { type GateBaselines, measureBaselines } from '../eval/index.ts';
import { writeJsonAtomic } from '../files/json.ts';
import { watchForeignLock } from '../files/watch-lock.ts';
import type { Model } from '../nn/index.ts';
import { namedTensors } from '../nn/index.ts';
import { loadModel, requireModel } from '../run/model-files.ts';
import { type EngineRecipe, openRunDevice } from '../run/open-run-device.ts';
import { lockRunFolder, runPaths } from '../run/run-folder.ts';
import type { Device, DeviceName } from '../tensor/index.ts';
import { type AnyWorld, drawTokens } from '../worlds/world.ts';
import type { OpenedData } from './data/data.ts';
import { openDatasetSource } from './data/dataset-source.ts';
import { openData } from './data/open-data.ts';
import { holdsSupersededGate, readGate } from './gate-record.ts';
import { type GateRecord, measureGate, measureSourceBaselines } from './measure-gate.ts';
import { openModel, withTokenLosses } from './open-model.ts';
import { dataContext, describeStageModel } from './prepare.ts';
import { readRecipe } from './read-recipe.ts';
import { listStages, parseRecipe, type Recipe, type ResolvedStage } from './recipe.ts';
import type { Registries } from './registries.ts';
import { openShippedSource, type ShippedSource } from './shipped-source.ts';
import { findStageModel } from './stage-models.ts';
import { readStartRecord } from './start-record.ts';
import { renewSummary } from './summary.ts';
import { gatePath, startGatePath } from './training-folder.ts';

export type JudgeOptions = {
  readonly registries: Registries;
  /** Draws other held-out sequences than the run's own seed does. */
  readonly seed?: number | undefined;
  /** What computes, instead of the device of the recipe. */
  readonly deviceName?: DeviceName | undefined;
};

/**
 * A model judged now.
 *
 * @throws UserError if its data have nothing to judge it by
 */
export async function judgeModel(
  device: Device,
  data: OpenedData,
  model: Model,
  arrays: NamedArrays,
): Promise<GateRecord> {
  const { gate, batchSize, contextLength, firstPosition } = data;
  if (!gate)
    throw new UserError('the gate judges models of worlds, and these data are not a world');
  const opened = await openModel(device, model, arrays);
  try {
    return await withTokenLosses(
      device,
      opened,
      { batchSize, contextLength, firstPosition },
      (judge) => measureGate({ ...gate, batchSize }, judge),
    );
  } finally {
    await opened.close();
  }
}

/** A shipped source, judged now in its own world. */
export async function judgeShipped(
  { directory, recipe, stage }: ShippedSource,
  { device, registries, seed = recipe.seed }: JudgeOptions & { readonly device: Device },
): Promise<GateRecord> {
  const data = await openJudgedData(recipe, stage, { registries, seed });
  try {
    const description = describeStageModel(recipe, data, registries);
    requireModel(directory, registries.models, description);
    const { model, params } = loadModel(directory, registries.models);
    return await judgeModel(device, data, model, namedTensors(params));
  } finally {
    await data.close();
  }
}

/**
 * A source that comes with the package, judged now in its own world.
 *
 * @param options.seed of the held-out sequences; by default that of its recipe
 * @throws UserError if there is no such source, or it is damaged
 */
export async function judgeShippedSource(name: string, options: JudgeOptions): Promise<GateRecord> {
  const shipped = openShippedSource(name, options.registries);
  const device = await openJudge(shipped.recipe.engine, options);
  try {
    return await judgeShipped(shipped, { ...options, device });
  } finally {
    await device.close();
  }
}

function openJudge(engine: EngineRecipe, { deviceName }: JudgeOptions): Promise<Device> {
  return openRunDevice(deviceName === undefined ? engine : { ...engine, device: deviceName });
}

/** The data of a stage; held-out sequences are those of `seed`. */
export function openJudgedData(
  recipe: Recipe,
  stage: ResolvedStage,
  {
    registries,
    seed = recipe.seed,
    directory = null,
  }: JudgeOptions & { readonly directory?: string | null },
): Promise<OpenedData> {
  const context = dataContext(recipe, stage, directory);
  const { key: heldOutKey } = dataContext({ ...recipe, seed }, stage, null);
  if (seed !== recipe.seed && stage.data.kind === 'dataset') {
    throw new UserError('--seed has no effect on a data set: its last sequences are held out');
  }
  return openData(registries.data, stage.data, {
    ...context,
    heldOutKey,
    begun: directory !== null,
  });
}

/**
 * What the gate found in a run: its newest record or, if there is none yet, its newest model of a world, judged now. Superseded
 * records are made again first. The record is written if that stage is finished. With a seed, the newest model is judged now on
 * held-out sequences of that seed, and nothing is written.
 *
 * @throws UserError for a run without a model of a world; where its data are not the ones it began with
 */
export async function judgeRun(
  directory: string,
  { registries, seed, deviceName }: JudgeOptions,
): Promise<GateRecord> {
  const options = { registries, deviceName };
  if (seed !== undefined) return (await judgeNewest(directory, { ...options, seed })).record;
  const known = listGates(directory, registries).filter((file) => existsSync(file));
  const superseded = known.filter(holdsSupersededGate);
  if (known.length > 0 && superseded.length === 0) return readGate(known[0]!);
  await watchForeignLock(runPaths(directory).lock);
  const lock = lockRunFolder(directory);
  return lock.guard(async () => {
    const judged = await judgeAgain(directory, superseded, options);
    if (judged.length === 0 && superseded.length === known.length) {
      judged.push(await judgeNewest(directory, options));
    }
    for (const { file, record } of judged) {
      if (file === null) continue;
      lock.requireFolder();
      writeJsonAtomic(file, record);
    }
    renewSummary(directory, registries);
    const newest = known.find((file) => !holdsSupersededGate(file));
    return newest === undefined ? judged[0]!.record : readGate(newest);
  });
}

/** Whether a run has a gate on record, of a stage of it or of what one begins with. */
export function hasGate(directory: string, registries: Registries): boolean {
  return listGates(directory, registries).some((file) => existsSync(file));
}

/** The files of a run's gates: of its stages, the last first, and of their starting models. */
function listGates(directory: string, registries: Registries): string[] {
  const { stages } = readRecipe(runPaths(directory), registries);
  return Object.keys(stages)
    .reverse()
    .flatMap((stage) => [gatePath(directory, stage), startGatePath(directory, stage)]);
}

/** A record, and where it belongs; null if it is of a model in training. */
type Judged = { readonly record: GateRecord; readonly file: string | null };

/** The newest model of a world, judged now. */
async function judgeNewest(directory: string, options: JudgeOptions): Promise<Judged> {
  for await (const judged of judgeStages(directory, options)) return judged;
  throw new UserError(
    `${directory} has no model of a world yet: there is nothing for the gate to judge`,
    {
      hint: 'give a run or a recipe with a stage on a world, and let that stage begin',
    },
  );
}

/** The models of some records, judged now. */
async function judgeAgain(
  directory: string,
  files: readonly string[],
  options: JudgeOptions,
): Promise<Judged[]> {
  const judged: Judged[] = [];
  if (files.length === 0) return judged;
  for await (const one of judgeStages(directory, options, files)) judged.push(one);
  return judged;
}

/**
 * Judges the models of a run, the last first.
 *
 * @param files records of those that are wanted; by default all
 */
async function* judgeStages(
  directory: string,
  options: JudgeOptions,
  files?: readonly string[],
): AsyncGenerator<Judged> {
  const { registries, seed } = options;
  const recipe = readRecipe(runPaths(directory), registries);
  const isWanted = (file: string) => files?.includes(file) ?? true;
  const device = await openJudge(recipe.engine, options);
  try {
    for (const stage of listStages(recipe).reverse()) {
      const own = isWanted(gatePath(directory, stage.name))
        ? await judgeStage(directory, recipe, stage, device, options)
        : null;
      if (own) yield own;
      if (!isWanted(startGatePath(directory, stage.name))) continue;
      const start = { registries, seed: seed ?? recipe.seed };
      const begun = await judgeStart(directory, stage, device, start);
      if (begun) yield begun;
    }
  } finally {
    await device.close();
  }
}

async function judgeStage(
  directory: string,
  recipe: Recipe,
  stage: ResolvedStage,
  device: Device,
  options: JudgeOptions,
): Promise<Judged | null> {
  const { registries } = options;
  const { name } = stage;
  const found = findStageModel(directory, registries, { stages: [name] });
  if (found === null || !found.isModel) return null;
  const data = await openJudgedData(recipe, stage, { ...options, directory });
  try {
    if (!data.gate) return null;
    requireModel(found.folder, registries.models, describeStageModel(recipe, data, registries));
    const { model, params } = loadModel(found.folder, registries.models);
    const record = await judgeModel(device, data, model, namedTensors(params));
    return { record, file: found.artifacts === null ? null : gatePath(directory, name) };
  } finally {
    await data.close();
  }
}

/**
 * The shipped source that a stage began with, as the run judged it.
 *
 * @throws UserError if the package has other weights under its name by now
 */
async function judgeStart(
  directory: string,
  { name }: ResolvedStage,
  device: Device,
  options: JudgeOptions,
): Promise<Judged | null> {
  const record = readStartRecord(directory, name);
  if (!record?.shipped) return null;
  const shipped = openShippedSource(record.shipped.name, options.registries);
  if (shipped.sha256 !== record.weights) {
    throw new UserError(
      `${shipped.name} does not hold the weights that the run in ${directory} began with`,
      {
        hint: 'install the version of primordia that made the run',
      },
    );
  }
  const judged = await judgeShipped(shipped, { ...options, device });
  return { record: judged, file: startGatePath(directory, name) };
}

/** Sequences that predictors learn from, and as many that they are scored on, where only some tokens are targets. */
const TASK_SEQUENCES = 256;

/**
 * The predictors on the held-out sequences of a recipe's first world, those that a run of it would be judged by.
 *
 * @throws UserError for a recipe without a world
 */
export async function judgeRecipe(recipe: Recipe, registries: Registries): Promise<GateBaselines> {
  for (const stage of listStages(recipe)) {
    const data = await openJudgedData(recipe, stage, { registries });
    try {
      if (data.gate) return await measureSourceBaselines(data.gate);
      if (data.worlds) return judgeTask(recipe, data);
    } finally {
      await data.close();
    }
  }
  throw new UserError(
    `${recipe.name} has no stage on a world: there is nothing for the gate to judge`,
    {
      hint: 'give a recipe with one',
    },
  );
}

function judgeTask({ seed }: Recipe, data: OpenedData): GateBaselines {
  const key = foldIn(keyFromSeed(seed), 'gate');
  const { training, heldOut } = data.worlds!(data.contextLength);
  const draw = (world: AnyWorld, name: string) =>
    Array.from({ length: TASK_SEQUENCES }, (_, i) => drawTokens(world, foldIn(key, name), i));
  return measureBaselines(heldOut, draw(training, 'train'), draw(heldOut, 'held-out'));
}

/** Sequences of a data set that are held out for the gate, at most; a quarter of them where there are few. */
const DATASET_HELD_OUT = 256;

/**
 * The predictors on the last sequences of a data set.
 *
 * @throws UserError if there is none, or it has fewer than eight sequences
 */
export async function judgeDataset(
  directory: string,
  registries: Registries,
): Promise<GateBaselines> {
  const { sequenceLength, length, close } = await openDatasetSource(directory);
  await close();
  const heldOutSequences = Math.min(DATASET_HELD_OUT, Math.floor(length / 4));
  if (heldOutSequences < 2) {
    throw new UserError(`the data set in ${directory} has too few sequences for a gate`, {
      hint: 'eight are the least',
    });
  }
  const stage = {
    data: { kind: 'dataset', path: directory },
    contextLength: sequenceLength - 1,
    batchSize: 1,
    steps: length,
    heldOutSequences,
  };
  const recipe = { name: 'dataset', stages: { source: stage } };
  return judgeRecipe(parseRecipe(recipe, directory, registries), registries);
}
