// The algorithms of a recurrent run's stages, with the options of its recipe.

import {
  type AlgorithmDefinition,
  type Artifacts,
  type DataFacts,
  type DmtWeights,
  dmt,
  type Learner,
  type LearnerContext,
  type NamedArrays,
  nextToken,
  openLearner,
  openRollout,
  type Rollout,
  requireMemory,
  type SmtWeights,
  type StepPlan,
  type Supervision,
  smt,
} from '../algorithms/index.ts';
import { type Key, keyFromSeed, type NdArray, type Tree, UserError } from '../core/index.ts';
import {
  createRecurrent,
  deriveMemoryConfig,
  type MemoryConfig,
  type MemoryModelOptions,
  type TeacherConfig,
} from '../nn/index.ts';
import { type AdamwOptions, createOptimizer, OPTIMIZERS } from '../optim/index.ts';
import type { Device } from '../tensor/index.ts';

/** A network and its teacher. */
export type RecurrentConfig = MemoryConfig & Pick<TeacherConfig, 'encoder' | 'encoderLayers'>;

export type RecurrentModelOptions = MemoryModelOptions & {
  readonly encoder?: TeacherConfig['encoder'] | undefined;
  readonly encoderLayers?: number | undefined;
};

/** @throws UserError when sizes do not go together */
export function deriveRecurrentConfig(
  { encoder = 'causal', encoderLayers = 2, ...options }: RecurrentModelOptions,
  vocabSize: number,
): RecurrentConfig {
  const config = deriveMemoryConfig(options, vocabSize);
  if (!Number.isInteger(encoderLayers) || encoderLayers < 1 || encoderLayers > 512) {
    throw new UserError(`model: encoderLayers is ${encoderLayers}`, {
      hint: 'use a positive integer, at most 512',
    });
  }
  return { ...config, encoder, encoderLayers };
}

type CommonOptions = {
  readonly config: RecurrentConfig;
  readonly batchSize: number;
  /** Inputs of a sequence. */
  readonly time: number;
  readonly optimizer: AdamwOptions & { readonly clipNorm: number };
};

export type SmtOptions = CommonOptions & {
  readonly supervision: Supervision;
  readonly weights: SmtWeights;
  /** Randomness of training: which places are supervised. */
  readonly key: Key;
};

export type DmtOptions = CommonOptions & {
  /** How the teacher was supervised: contexts are cut alike. */
  readonly supervision: Supervision;
  readonly schedule: { readonly every: number; readonly gradientSteps: number };
  readonly weights: DmtWeights;
};

export type BpttOptions = CommonOptions & {
  readonly truncation?: number | undefined;
  readonly learnInitial: boolean;
};

/** An algorithm, and what its step follows from. */
export type StagePlan = {
  readonly definition: AlgorithmDefinition;
  readonly plan: StepPlan;
  /** Configs of the artifacts that it gets. */
  readonly given: Readonly<Record<string, unknown>>;
};

export function planSmt(options: SmtOptions): StagePlan {
  const { config, supervision, weights } = options;
  const { encoder, encoderLayers } = config;
  return stagePlan(smt, options, { encoder, encoderLayers, supervision, weights });
}

export function planDmt(options: DmtOptions): StagePlan {
  const { schedule, weights } = options;
  const teacher = teacherConfigOf(options);
  return { ...stagePlan(dmt, options, { ...schedule, weights }), given: { teacher } };
}

export function planBptt(options: BpttOptions): StagePlan {
  const { truncation = null, learnInitial } = options;
  return stagePlan(nextToken, options, { truncate: truncation, learnInitial });
}

function teacherConfigOf({ config, supervision }: DmtOptions) {
  const { encoder, encoderLayers } = config;
  return { encoder, encoderLayers, supervision };
}

function stagePlan(
  definition: AlgorithmDefinition,
  { config, batchSize, time, optimizer: { clipNorm, ...optimizer } }: CommonOptions,
  options: unknown,
): StagePlan {
  const data: DataFacts = {
    ...{ vocabSize: config.vocabSize, contextLength: time, batchSize, firstPosition: 0 },
    ...{ order: 'independent', weighted: true },
  };
  return {
    definition,
    given: {},
    plan: {
      ...{ model: createRecurrent(config), data, accumulate: 1, clipNorm },
      options: definition.options.parse(options),
      optimizer: createOptimizer(OPTIMIZERS, 'adamw', optimizer),
    },
  };
}

/** @throws UserError where the algorithm does not take the model and the data */
export function checkPlan({ definition, plan, given }: StagePlan): void {
  const misfit = definition.accepts(plan.model, plan.data, plan.options, given);
  if (misfit) throw new UserError(misfit);
}

export type RecurrentLearner = Learner & {
  /** The network, for so many sequences at a time (one). */
  rollout(rows?: number): Promise<Rollout>;
};

type Initial = { readonly params: unknown; readonly optimizer?: NamedArrays };

export function openSmtLearner(
  device: Device,
  options: SmtOptions,
  initial: Initial,
): Promise<RecurrentLearner> {
  return open(device, planSmt(options), initial, options.key);
}

export function openDmtLearner(
  device: Device,
  options: DmtOptions,
  { teacher, ...initial }: Initial & { readonly teacher: NamedArrays },
): Promise<RecurrentLearner> {
  const artifacts = { teacher: { arrays: teacher, config: teacherConfigOf(options) } };
  return open(device, planDmt(options), initial, keyFromSeed(0), artifacts);
}

export function openBpttLearner(
  device: Device,
  options: BpttOptions,
  initial: Initial,
): Promise<RecurrentLearner> {
  return open(device, planBptt(options), initial, keyFromSeed(0));
}

async function open(
  device: Device,
  { definition, plan }: StagePlan,
  initial: Initial,
  key: Key,
  artifacts: Artifacts = {},
): Promise<RecurrentLearner> {
  const context: LearnerContext = {
    ...{ ...plan, device, key, artifacts },
    initial: { ...initial, params: initial.params as Tree<NdArray> },
  };
  const learner = await openLearner(definition, context);
  const model = requireMemory(definition.kind, plan.model);
  return { ...learner, rollout: (rows = 1) => openRollout(device, model, rows, learner.model) };
}
