// The stages of a recurrent run: learners, their checkpoints, and what the finished network is judged by.

import {
  arraysToTree,
  drawBatch,
  type NamedArrays,
  type Rollout,
  smt,
} from '../algorithms/index.ts';
import {
  flattenTree,
  foldIn,
  initParams,
  isNdArray,
  type NdArray,
  type ParamSpec,
  type Tree,
  UserError,
} from '../core/index.ts';
import { openGenerator } from '../eval/index.ts';
import { ensureDirectory } from '../files/atomic.ts';
import { writeJsonAtomic } from '../files/json.ts';
import { createRecurrent } from '../nn/index.ts';
import type { Listener } from '../run/events.ts';
import type { MetricsWriter } from '../run/metrics.ts';
import type { RunPaths } from '../run/run-folder.ts';
import { runStage } from '../run/stage.ts';
import type { Device } from '../tensor/index.ts';
import { measureRollout } from './measure-rollout.ts';
import { measureNgrams } from './ngram-losses.ts';
import {
  openBpttLearner,
  openDmtLearner,
  openSmtLearner,
  type RecurrentLearner,
} from './open-learners.ts';
import {
  bpttOptions,
  dmtOptions,
  heldOutBatches,
  type PreparedRecurrent,
  rolloutLength,
  smtOptions,
  stageBatch,
  stageTime,
} from './prepare.ts';
import type { BpttRecipe, DmtRecipe, RecurrentStage, SmtRecipe } from './recipe.ts';
import {
  findRecurrentResume,
  type LoadedRecurrent,
  loadRecurrent,
  saveRecurrent,
} from './recurrent-checkpoint.ts';
import { baselinesPath, rolloutPath, samplePath, stageDirectory } from './recurrent-folder.ts';
import { drawSample } from './sample.ts';
import { describeStep } from './stage-facts.ts';
import { findTransferFolder, transferArrays } from './transfer.ts';

/** A run under way: what its stages share. */
export type RecurrentRun = {
  readonly prepared: PreparedRecurrent;
  readonly paths: RunPaths;
  readonly device: Device;
  readonly metrics: MetricsWriter;
  readonly arm: string;
  readonly listener: Listener;
  readonly signal: AbortSignal;
  readonly elapsedSeconds: () => number;
  /** Throws UserError when the folder was moved or removed: called before anything is written into it. */
  readonly requireFolder: () => void;
};

/** What DMT begins with: the network is null where DMT has a checkpoint already. */
export type Taught = {
  readonly teacher: NamedArrays;
  readonly network: NamedArrays | null;
};

/** Teacher and cell together. */
export async function runSmt(run: RecurrentRun, recipe: SmtRecipe): Promise<Taught> {
  const point = resumePoint(run, 'smt');
  if (run.prepared.recipe.dmt && resumePoint(run, 'dmt')) {
    return { teacher: finishedTeacher(run, recipe, point), network: null };
  }
  const learner = await openSmtLearner(run.device, smtOptions(run.prepared), {
    params: begin(run, 'smt', point, taughtSpecs(run)),
    ...(point ? { optimizer: point.optimizer } : {}),
  });
  await runLearner(run, 'smt', recipe, learner, point);
  const { teacher, model } = await learner.finish();
  if (!run.prepared.recipe.dmt) await judge(run, model!.arrays, (rows) => learner.rollout(rows));
  await learner.close();
  return { teacher: teacher!.arrays, network: model!.arrays };
}

/** The network on its own memories. */
export async function runDmt(run: RecurrentRun, recipe: DmtRecipe, taught: Taught): Promise<void> {
  const point = resumePoint(run, 'dmt');
  const params = arraysToTree(networkSpecs(run), point?.params ?? taught.network!);
  const learner = await openDmtLearner(run.device, dmtOptions(run.prepared), {
    ...{ params, teacher: taught.teacher },
    ...(point ? { optimizer: point.optimizer } : {}),
  });
  await runLearner(run, 'dmt', recipe, learner, point);
  await judge(run, (await learner.finish()).model!.arrays, (rows) => learner.rollout(rows));
  await learner.close();
}

/** The network unrolled. */
export async function runBptt(run: RecurrentRun, recipe: BpttRecipe): Promise<void> {
  const point = resumePoint(run, 'bptt');
  const learner = await openBpttLearner(run.device, bpttOptions(run.prepared), {
    params: begin(run, 'bptt', point, networkSpecs(run)),
    ...(point ? { optimizer: point.optimizer } : {}),
  });
  await runLearner(run, 'bptt', recipe, learner, point);
  await judge(run, (await learner.finish()).model!.arrays, (rows) => learner.rollout(rows));
  await learner.close();
}

function networkSpecs({ prepared }: RecurrentRun): Tree<ParamSpec> {
  return createRecurrent(prepared.config).params;
}

function taughtSpecs({ prepared: { config } }: RecurrentRun): Tree<ParamSpec> {
  const { encoder, encoderLayers } = config;
  return smt.specs(createRecurrent(config), smt.options.parse({ encoder, encoderLayers }));
}

function resumePoint(run: RecurrentRun, stage: RecurrentStage): LoadedRecurrent | null {
  const { config, recipe } = run.prepared;
  const { keepLast } = recipe.checkpoint;
  return findRecurrentResume(stageDirectory(run.paths, stage), stage, config, keepLast, (text) =>
    run.listener({ kind: 'message', text }),
  );
}

/** Parameters of the first stage: of its checkpoint, of another run, or new ones. */
function begin(
  run: RecurrentRun,
  stage: RecurrentStage,
  point: LoadedRecurrent | null,
  specs: Tree<ParamSpec>,
): Tree<NdArray> {
  if (point) return arraysToTree(specs, point.params);
  const fresh = initParams(specs, foldIn(run.prepared.key, 'model'));
  const { transfer } = run.prepared.recipe;
  if (!transfer) return fresh;
  const folder = findTransferFolder(transfer.from, stage);
  const named = Object.fromEntries(flattenTree<NdArray>(fresh, isNdArray));
  const { params } = loadRecurrent(folder);
  return arraysToTree(specs, transferArrays(specs, named, params, transfer.from));
}

/** Of SMT's last checkpoint: with an earlier one, DMT would go on under another teacher than it began with. */
function finishedTeacher(
  run: RecurrentRun,
  { steps }: SmtRecipe,
  point: LoadedRecurrent | null,
): NamedArrays {
  const folder = stageDirectory(run.paths, 'smt');
  if (!point || point.step !== steps) {
    throw new UserError(`${folder} has no whole checkpoint of step ${steps}, which DMT needs`, {
      hint: `put a copy back, or remove ${stageDirectory(run.paths, 'dmt')} to begin DMT anew`,
    });
  }
  const prefix = 'teacher.';
  return Object.fromEntries(
    Object.entries(point.params).flatMap(([name, array]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), array]] : [],
    ),
  );
}

async function runLearner(
  run: RecurrentRun,
  stage: RecurrentStage,
  recipe: SmtRecipe | DmtRecipe | BpttRecipe,
  learner: RecurrentLearner,
  point: LoadedRecurrent | null,
): Promise<void> {
  const { prepared, paths, metrics, listener } = run;
  const { batchSize, checkpoint } = prepared.recipe;
  await runStage(
    {
      ...{ name: stage, steps: recipe.steps, evaluateEvery: recipe.evaluateEvery, learner },
      learningRate: recipe.optimizer.learningRate,
      schedule: recipe.optimizer.schedule,
      tokensPerStep: batchSize * stageTime(prepared, stage),
      batch: (step) => stageBatch(prepared, stage, step),
      heldOut: heldOutBatches(prepared, stage),
      ...(point ? {} : { facts: describeStep(prepared, stage) }),
    },
    point?.step ?? 0,
    {
      ...{ arm: run.arm, directory: paths.directory, metrics, listener, signal: run.signal },
      ...{ checkpointEvery: checkpoint.everySteps, elapsedSeconds: run.elapsedSeconds },
      save: async (step) => {
        const snapshot = await learner.snapshot();
        // First the rows, then the checkpoint that stands for them.
        metrics.flush();
        const saved = saveRecurrent({
          ...{ directory: stageDirectory(paths, stage), stage, step },
          ...{ keepLast: checkpoint.keepLast, config: prepared.config, snapshot },
          contextLength: stageTime(prepared, stage),
        });
        listener({ kind: 'checkpoint', path: saved, stage, step });
      },
    },
  );
}

/** The finished network on its own, beside what counting gives; and a sample. */
async function judge(
  run: RecurrentRun,
  network: NamedArrays,
  openRollout: (rows: number) => Promise<Rollout>,
): Promise<void> {
  const { prepared, paths } = run;
  const { recipe, key } = prepared;
  const { sequences } = recipe.rollout;
  const length = rolloutLength(prepared);
  const worlds = prepared.task.worlds(length + 1);
  const stages = [recipe.smt, recipe.dmt, recipe.bptt];
  const steps = stages.reduce((sum, stage) => sum + (stage?.steps ?? 0), 0);
  // Both are judged by the same held-out sequences.
  const heldOutKey = foldIn(key, 'rollout');
  const counted = { sequences: steps * recipe.batchSize, heldOut: sequences };
  const baselines = measureNgrams(worlds, key, heldOutKey, counted);
  run.requireFolder();
  writeJsonAtomic(baselinesPath(paths.directory), baselines);
  const rollout = await openRollout(sequences);
  const batch = drawBatch(worlds.heldOut, heldOutKey, 0, sequences);
  const measures = await measureRollout(rollout, batch, length, prepared.time);
  run.requireFolder();
  writeJsonAtomic(rolloutPath(paths.directory), measures);
  await rollout.close();
  const model = createRecurrent(prepared.config);
  const params = await run.device.createState<Tree<NdArray>>(
    arraysToTree(model.params, network) as Tree<NdArray>,
  );
  const generator = await openGenerator(run.device, model, params as never);
  const sample = await drawSample(generator, prepared);
  run.requireFolder();
  ensureDirectory(paths.samples);
  writeJsonAtomic(samplePath(paths.directory), sample);
  await Promise.all([generator.close(), params.drop()]);
}
