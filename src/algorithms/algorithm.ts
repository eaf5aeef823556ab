// The contract of training algorithms: what a recipe may say of one, which models and data it takes, and how it learns.

import type { z } from 'zod';
import {
  type ArraySpec,
  type Key,
  type NdArray,
  type ParamSpec,
  spec,
  type Tree,
  UserError,
} from '../core/index.ts';
import type { Definition, Registry } from '../core/registry.ts';
import { resolveKind } from '../core/resolve-kind.ts';
import type { Model } from '../nn/index.ts';
import type { Optimizer } from '../optim/index.ts';
import type { Device, DeviceState, Tensor } from '../tensor/index.ts';
import type { TokenBatch } from '../text/batches.ts';

/** What an algorithm is told of its data. */
export type DataFacts = {
  readonly vocabSize: number;
  /** Inputs of a sequence. */
  readonly contextLength: number;
  /** Sequences of a whole optimizer step. */
  readonly batchSize: number;
  /** Inputs before this position have no target that counts. */
  readonly firstPosition: number;
  /** Whether row n of a batch continues row n of the batch before it. */
  readonly order: 'independent' | 'stream';
  /** Whether every batch says how much its targets count; none does otherwise. */
  readonly weighted: boolean;
};

/** Arrays by name, as a file holds them. */
export type NamedArrays = Readonly<Record<string, NdArray>>;

/** What a stage leaves to those after it. */
export type Artifact = {
  readonly arrays: NamedArrays;
  /** What is needed to use the arrays besides them: plain JSON, checked by whoever reads it. */
  readonly config?: unknown;
};

/** Artifacts by name. Every algorithm leaves a `model`: the parameters of the run's model. */
export type Artifacts = { readonly [name: string]: Artifact };

/** Everything that a learner needs to go on to the same bits. */
export type LearnerSnapshot = {
  /** Parameters by path, as `AlgorithmDefinition.specs` has them. */
  readonly params: NamedArrays;
  /** Optimizer state, and whatever else is not part of a model. */
  readonly optimizer: NamedArrays;
};

/** What a step is told besides its batch. */
export type StepOptions = {
  /** Steps taken before this one. */
  readonly step: number;
  readonly learningRate: number;
};

export type StepMetrics = {
  readonly loss: number;
  readonly gradientNorm: number;
  /** What the loss is made of, and whatever else an algorithm has to tell of each step. */
  readonly parts?: Readonly<Record<string, number>>;
  /** The same by position of a sequence; NaN where there is nothing to tell. */
  readonly series?: Readonly<Record<string, readonly number[]>>;
};

/** What a learner can tell of batches, without training. */
export type Measures = {
  /** Mean loss in nats per target. */
  readonly loss: number;
  readonly parts?: Readonly<Record<string, number>>;
  readonly series?: Readonly<Record<string, readonly number[]>>;
};

/** The run's model as it is at any moment, on the device: to generate from, and to judge. */
export type LiveModel = {
  readonly state: DeviceState<Tree<ArraySpec>>;
  /** The model's parameters among those of `state`, traced; `state` itself where absent. */
  readonly pick?: (params: Tree<Tensor>) => Tree<Tensor>;
};

/** A model under training, on a device. */
export type Learner = {
  /** Takes one optimizer step. */
  step(batch: TokenBatch, options: StepOptions): Promise<StepMetrics>;
  /** Loss and whatever else there is to tell of held-out batches. */
  evaluate(batches: Iterable<TokenBatch>): Promise<Measures>;
  /** A copy of the state. */
  snapshot(): Promise<LearnerSnapshot>;
  readonly model: LiveModel;
  /** What later stages begin with. */
  finish(): Promise<Artifacts>;
  /** What a step is like; nothing is compiled for it. */
  facts?(): StepFacts;
  /** Frees the device's memory. */
  close(): Promise<void>;
};

export type StepFacts = {
  /** Numbers that are trained. */
  readonly parameters: number;
  /**
   * The longest chain of operations up to a step's gradients, each of which needs the one before (`graphDepth`); the
   * optimizer's update is left out, which is the same for all.
   */
  readonly depth: number;
};

/** Tells some of a model's parameters from the others. */
export type ParamFilter = (spec: ParamSpec) => boolean;

/** A batch of tokens as a step takes it, each array `[batch, time]`; weights only where targets have them. */
export function batchSpecs({ batchSize, contextLength, weighted }: DataFacts) {
  const shape = [batchSize, contextLength];
  return {
    inputs: spec('int32', shape),
    targets: spec('int32', shape),
    ...(weighted ? { weights: spec('float32', shape) } : {}),
  };
}

/** What a step follows from. */
export type StepPlan<O = unknown> = {
  readonly model: Model;
  readonly data: DataFacts;
  readonly options: O;
  /** Parts into which each batch is cut, one after the other; their gradients are averaged. */
  readonly accumulate: number;
  readonly optimizer: Optimizer;
  /** Gradients are scaled down to this global norm; 0 leaves them alone. */
  readonly clipNorm: number;
  /** Parameters that training leaves alone. */
  readonly frozen?: ParamFilter | undefined;
};

export type LearnerContext<O = unknown> = StepPlan<O> & {
  readonly device: Device;
  /** Randomness of training: dropout, places that are supervised. */
  readonly key: Key;
  /** The arrays are handed over to the device and cannot be used any more. */
  readonly initial: {
    /** Values for the specs of the algorithm. */
    readonly params: Tree<NdArray>;
    /** Of a snapshot to go on from; else the optimizer starts anew. */
    readonly optimizer?: NamedArrays | undefined;
  };
  /** What the stage left that this one follows. */
  readonly artifacts: Artifacts;
};

/** Configs of artifacts by name. */
export type ArtifactConfigs = Readonly<Record<string, unknown>>;

/** What a number is that an algorithm reports, for charts and tables. */
export type MetricInfo = {
  readonly unit: string;
  readonly title: string;
  readonly description: string;
};

/** A training algorithm, as recipes name it. */
export type AlgorithmDefinition<O extends z.ZodType = z.ZodType> = Definition<O> & {
  /** The parts and series that steps and evaluations report, by name. */
  readonly metrics: Readonly<Record<string, MetricInfo>>;
  /**
   * Why it does not take this model and these data, in a sentence; null where it does.
   *
   * @param given configs of the artifacts that it would get, by name, where they are known: those that `leaves` of the
   *   algorithm before it has, or that were read
   */
  accepts(
    model: Model,
    data: DataFacts,
    options: z.output<O>,
    given?: ArtifactConfigs,
  ): string | null;
  /** What it trains, and what a checkpoint of its stage holds. */
  specs(model: Model, options: z.output<O>): Tree<ParamSpec>;
  /** Artifacts besides the model that it cannot do without. */
  readonly needs?: readonly string[];
  /** Configs, by name, of the artifacts besides the model that `Learner.finish` will leave. */
  leaves?(options: z.output<O>): ArtifactConfigs;
  /** Artifacts besides the model that a stage must have left with which one of this algorithm begins. */
  readonly adopts?: readonly string[];
  /** Arrays for `specs` by path, out of what another stage left; its `model` where absent. */
  adopt?(artifacts: Artifacts): NamedArrays;
  /** What a step is like. Nothing is compiled for it. */
  facts?(plan: StepPlan<z.output<O>>, given: ArtifactConfigs): StepFacts;
  /**
   * A learner; `openLearner` checks first what can be checked.
   *
   * @throws UserError where an artifact does not fit
   */
  open(context: LearnerContext<z.output<O>>): Promise<Omit<Learner, 'facts'>>;
};

/** Kinds by name. Registries are values that are passed down. */
export type AlgorithmRegistry = Registry<AlgorithmDefinition>;

export function defineAlgorithm<O extends z.ZodType>(
  definition: AlgorithmDefinition<O>,
): AlgorithmDefinition<O> {
  return definition;
}

/**
 * An algorithm of a registry with its options.
 *
 * @param options as a recipe has them
 * @throws UserError for a kind that is not in the registry, or options that the kind does not take
 */
export function resolveAlgorithm<R extends AlgorithmRegistry>(
  registry: R,
  kind: keyof R & string,
  options: unknown,
): { readonly definition: AlgorithmDefinition; readonly options: unknown } {
  return resolveKind('algorithm', registry, kind, options);
}

/**
 * Asks an algorithm whether it takes a model and data, after what was left to it.
 *
 * @param given configs of the artifacts that it gets, by name
 * @throws UserError where it does not, or lacks an artifact
 */
export function requireAccepted<O extends z.ZodType>(
  definition: AlgorithmDefinition<O>,
  { model, data, options }: Pick<StepPlan<z.output<O>>, 'model' | 'data' | 'options'>,
  given: ArtifactConfigs,
): void {
  requireArtifacts(definition, definition.needs, given);
  const misfit = definition.accepts(model, data, options, given);
  if (misfit) throw new UserError(misfit);
}

/** @throws UserError where one of the artifacts that are asked for is not given */
export function requireArtifacts(
  { kind }: Pick<AlgorithmDefinition, 'kind'>,
  names: readonly string[] | undefined,
  given: ArtifactConfigs,
): void {
  const missing = names?.find((name) => !Object.hasOwn(given, name));
  if (missing === undefined) return;
  throw new UserError(`${kind} needs the artifact '${missing}' of a stage before it`, {
    hint: 'let the stage start from one that leaves it',
  });
}

/** Configs of artifacts. */
export function configsOf(artifacts: Artifacts): ArtifactConfigs {
  return Object.fromEntries(Object.entries(artifacts).map(([name, { config }]) => [name, config]));
}

/**
 * A learner of an algorithm.
 *
 * @throws UserError where the algorithm does not take the model and the data, or lacks an artifact
 */
export async function openLearner<O extends z.ZodType>(
  definition: AlgorithmDefinition<O>,
  context: LearnerContext<z.output<O>>,
): Promise<Learner> {
  const given = configsOf(context.artifacts);
  requireAccepted(definition, context, given);
  const learner = await definition.open(context);
  const { facts } = definition;
  return facts ? { ...learner, facts: () => facts(context, given) } : learner;
}
