// The contract of training algorithms: options, accepted models and data, and how they learn.

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
import type { Device, DeviceState, Tensor } from '../tensor/tracing.ts';
import type { TokenBatch } from '../text/batches.ts';
import type { TracedWorld } from '../worlds/traced-world.ts';

/** The facts about data that an algorithm gets. */
export type DataFacts = {
  readonly vocabSize: number;
  /** Inputs of a sequence. */
  readonly contextLength: number;
  /** Sequences of a whole optimizer step. */
  readonly batchSize: number;
  /** Inputs before this position have no counted target. */
  readonly firstPosition: number;
  /** Whether row n of a batch continues row n of the batch before it. */
  readonly order: 'independent' | 'stream';
  /** Whether batches have weights of their targets: all of them or none. */
  readonly weighted: boolean;
  /** Whether the training step draws its batches itself, on the device; false where absent. */
  readonly drawnOnDevice?: boolean;
};

/** A batch that a training step draws on the device, from this key. */
export type DrawnBatch = { readonly key: Key };

/** What a step trains on: tokens, or where the device draws them, the key to draw them from. */
export type StepBatch = TokenBatch | DrawnBatch;

/** Arrays by name, as a file holds them. */
export type NamedArrays = Readonly<Record<string, NdArray>>;

/** What a stage leaves to later stages. */
export type Artifact = {
  readonly arrays: NamedArrays;
  /** What else is needed to use the arrays: plain JSON, which the reader checks. */
  readonly config?: unknown;
};

/** Artifacts by name. Every algorithm leaves a `model`: the parameters of the run's model. */
export type Artifacts = { readonly [name: string]: Artifact };

/** Everything that a learner needs to resume to the same bits. */
export type LearnerSnapshot = {
  /** Parameters by path, as `AlgorithmDefinition.specs` has them. */
  readonly params: NamedArrays;
  /** Optimizer state, and whatever else is not part of a model. */
  readonly optimizer: NamedArrays;
};

/** Inputs of a step besides its batch. */
export type StepOptions = {
  /** Steps taken before this one. */
  readonly step: number;
  readonly learningRate: number;
};

export type StepMetrics = {
  readonly loss: number;
  readonly gradientNorm: number;
  /** The parts of the loss, and other numbers that an algorithm reports of each step. */
  readonly parts?: Readonly<Record<string, number>>;
  /** The same by position in a sequence; NaN where there is no value. */
  readonly series?: Readonly<Record<string, readonly number[]>>;
};

/** Measures of batches, without training. */
export type Measures = {
  /** Mean loss in nats per target. */
  readonly loss: number;
  readonly parts?: Readonly<Record<string, number>>;
  readonly series?: Readonly<Record<string, readonly number[]>>;
};

/** The run's live model on the device, for generation and evaluation. */
export type LiveModel = {
  readonly state: DeviceState<Tree<ArraySpec>>;
  /** The model's parameters among those of `state`, traced; `state` itself where absent. */
  readonly pick?: (params: Tree<Tensor>) => Tree<Tensor>;
};

/** A model under training, on a device. */
export type Learner = {
  /** Takes one optimizer step. Without `AlgorithmDefinition.drawsOnDevice` a batch has tokens, and the parameter may say so. */
  step(batch: StepBatch, options: StepOptions): Promise<StepMetrics>;
  /** Loss and other measures of held-out batches. */
  evaluate(batches: Iterable<TokenBatch>): Promise<Measures>;
  /** A copy of the state. */
  snapshot(): Promise<LearnerSnapshot>;
  readonly model: LiveModel;
  /** What later stages start from. */
  finish(): Promise<Artifacts>;
  /** Facts about a step; nothing is compiled for them. */
  facts?(): StepFacts;
  /** Memory that the program of a step takes on the device, bytes, if the device knows it. */
  readonly peakBytes?: number | undefined;
  /** Frees the device's memory. */
  close(): Promise<void>;
};

export type StepFacts = {
  /** Numbers that are trained. */
  readonly parameters: number;
  /**
   * The longest chain of operations up to a step's gradients, each of which needs the one before (`graphDepth`). The
   * optimizer's update, which is the same for all, is left out.
   */
  readonly depth: number;
};

/** Selects some of a model's parameters. */
export type ParamFilter = (spec: ParamSpec) => boolean;

/** A batch of tokens for a step, each array `[batch, time]`; weights only if targets have them. */
export function batchSpecs({ batchSize, contextLength, weighted }: DataFacts) {
  const shape = [batchSize, contextLength];
  return {
    inputs: spec('int32', shape),
    targets: spec('int32', shape),
    ...(weighted ? { weights: spec('float32', shape) } : {}),
  };
}

/** Everything that determines a step. */
export type StepPlan<O = unknown> = {
  readonly model: Model;
  readonly data: DataFacts;
  readonly options: O;
  /** Parts into which each batch is cut, one after the other; their gradients are averaged. */
  readonly accumulate: number;
  readonly optimizer: Optimizer;
  /** Gradients are scaled down to this global norm; 0 does not clip. */
  readonly clipNorm: number;
  /** Parameters that are not trained. */
  readonly frozen?: ParamFilter | undefined;
};

export type LearnerContext<O = unknown> = StepPlan<O> & {
  readonly device: Device;
  /** The key of randomness in training: dropout, supervised places. */
  readonly key: Key;
  /** The arrays are handed over to the device and cannot be used any more. */
  readonly initial: {
    /** Values for the specs of the algorithm. */
    readonly params: Tree<NdArray>;
    /** From a snapshot to resume; otherwise the optimizer starts from zero. */
    readonly optimizer?: NamedArrays | undefined;
  };
  /** The artifacts of the previous stage. */
  readonly artifacts: Artifacts;
  /** Draws the batches, if `data.drawnOnDevice`. */
  readonly source?: TracedWorld | undefined;
};

/** Configs of artifacts by name. */
export type ArtifactConfigs = Readonly<Record<string, unknown>>;

/** Describes a number that an algorithm reports, for charts and tables. */
export type MetricInfo = {
  readonly unit: string;
  readonly title: string;
  readonly description: string;
  /** Whose number it is, such as the teacher's: numbers of one subject have one color in charts. */
  readonly subject?: string;
};

/** A training algorithm, as recipes name it. */
export type AlgorithmDefinition<O extends z.ZodType = z.ZodType> = Definition<O> & {
  /** The parts and series that steps and evaluations report, by name. */
  readonly metrics: Readonly<Record<string, MetricInfo>>;
  /**
   * Why it does not accept this model and these data, in a sentence; null if it does.
   *
   * @param given configs of the artifacts that it would get, by name, if they are known: from `leaves` of the previous
   *   algorithm, or as they were read
   */
  accepts(
    model: Model,
    data: DataFacts,
    options: z.output<O>,
    given?: ArtifactConfigs,
  ): string | null;
  /** Whether its steps can draw their batches on the device. */
  readonly drawsOnDevice?: true;
  /** What it trains, and what a checkpoint of its stage holds. */
  specs(model: Model, options: z.output<O>): Tree<ParamSpec>;
  /** Artifacts besides the model that it needs. */
  readonly needs?: readonly string[];
  /** Configs, by name, of the artifacts besides the model that `Learner.finish` will leave. */
  leaves?(options: z.output<O>): ArtifactConfigs;
  /** Artifacts besides the model that the previous stage must have left. */
  readonly adopts?: readonly string[];
  /** Arrays for `specs` by path, from the artifacts of another stage; by default its `model`. */
  adopt?(artifacts: Artifacts): NamedArrays;
  /** Facts about a step. Nothing is compiled for them. */
  facts?(plan: StepPlan<z.output<O>>, given: ArtifactConfigs): StepFacts;
  /**
   * Opens a learner; call `openLearner`, which checks first.
   *
   * @throws UserError if an artifact does not fit
   */
  open(context: LearnerContext<z.output<O>>): Promise<Omit<Learner, 'facts'>>;
};

/** Kinds by name. Registries are values that are passed as arguments. */
export type AlgorithmRegistry = Registry<AlgorithmDefinition>;

/** A kind of training algorithm; its type follows from the options. A plugin lists it under `algorithms`. */
export function defineAlgorithm<O extends z.ZodType>(
  definition: AlgorithmDefinition<O>,
): AlgorithmDefinition<O> {
  return definition;
}

/**
 * An algorithm of a registry with its options.
 *
 * @param options as a recipe has them
 * @throws UserError for a kind that is not in the registry, or options that the kind does not have
 */
export function resolveAlgorithm<R extends AlgorithmRegistry>(
  registry: R,
  kind: keyof R & string,
  options: unknown,
): { readonly definition: AlgorithmDefinition; readonly options: unknown } {
  return resolveKind('algorithm', registry, kind, options);
}

/**
 * Why an algorithm does not accept a model and data, in a sentence; null if it does.
 *
 * @param given as `AlgorithmDefinition.accepts`
 */
export function explainRefusal<O extends z.ZodType>(
  definition: AlgorithmDefinition<O>,
  { model, data, options }: Pick<StepPlan<z.output<O>>, 'model' | 'data' | 'options'>,
  given?: ArtifactConfigs,
): string | null {
  if (data.drawnOnDevice && !definition.drawsOnDevice) {
    return `${definition.kind} cuts its batches on the host; the data say drawOn: 'device'`;
  }
  return definition.accepts(model, data, options, given);
}

/**
 * Checks that an algorithm accepts a model, data and artifacts.
 *
 * @param given configs of the artifacts that it gets, by name
 * @throws UserError if it does not, or an artifact is missing
 */
export function requireAccepted<O extends z.ZodType>(
  definition: AlgorithmDefinition<O>,
  plan: Pick<StepPlan<z.output<O>>, 'model' | 'data' | 'options'>,
  given: ArtifactConfigs,
): void {
  requireArtifacts(definition, definition.needs, given);
  const misfit = explainRefusal(definition, plan, given);
  if (misfit) throw new UserError(misfit);
}

/** @throws UserError if a required artifact is missing */
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
 * @throws UserError if the algorithm does not accept the model and the data, or an artifact is missing
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
