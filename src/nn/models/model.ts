// The contract of models: whole sequences at once, token by token if a model has a state, and a read-out.

import type { z } from 'zod';
import {
  type ArraySpec,
  flattenTree,
  isArraySpec,
  type MapLeaves,
  mapTree,
  type ParamSpec,
  type Shape,
  type Tree,
  UserError,
} from '../../core/index.ts';
import type { Definition, Registry } from '../../core/registry.ts';
import { resolveKind } from '../../core/resolve-kind.ts';
import {
  full,
  isTensor,
  probeGradient,
  scan,
  type Tensor,
  transpose,
} from '../../tensor/tracing.ts';
import type { Readout } from '../layers/readout.ts';
import type { MemorySizes } from '../memory/memory-config.ts';

/** Sizes of a model that follow from the data. */
export type ModelSizes = {
  readonly vocabSize: number;
  /** Longest sequence, in tokens. */
  readonly contextLength: number;
};

/** How a forward pass is computed. */
export type Pass = {
  /** Key for dropout (int32 `[2]`); without it there is no dropout. */
  readonly dropoutKey?: Tensor;
};

type Tensors<T> = MapLeaves<T, ArraySpec, Tensor>;

export type StateSizes = {
  readonly batch: number;
  /** Tokens that a state has room for; it does not matter for states of constant size. */
  readonly capacity: number;
};

export type Stepped<S> = { readonly hidden: Tensor; readonly state: S };

/** Options for going through a sequence step by step. */
export type ScanOptions<S> = Pass & {
  /** The state before the first token; by default the model's initial state. */
  readonly state?: S | undefined;
  /** Gradients go back to the last multiple of this many steps; through all steps if absent. */
  readonly truncate?: number | undefined;
  /** Gradients keep the state of every n-th step and recompute the steps in between; by default they keep what they need of each. */
  readonly checkpointEvery?: number | undefined;
};

export type Scanned<S> = {
  /** Hidden states `[batch, time, width]`. */
  readonly hidden: Tensor;
  /** The state after the last token. */
  readonly state: S;
  /**
   * For each float array of the state, zeros `[time, ...]`. The gradient of entry t equals the gradient of the state after
   * t + 1 tokens.
   */
  readonly probes: readonly Tensor[];
};

export type Model<P = Tree<ParamSpec>, S = Tree<ArraySpec>> = {
  readonly kind: string;
  readonly vocabSize: number;
  /** Longest sequence, in tokens; null if there is no limit. */
  readonly contextLength: number | null;
  /** Width of attention heads, if there are any: matrices of one shape may be split into different heads. */
  readonly headWidth?: number;
  readonly params: P;
  /**
   * @param tokens ids, int32 `[batch, time]`
   * @returns hidden states `[batch, time, width]`; those of a position depend only on the tokens up to it
   */
  forward(params: Tensors<P>, tokens: Tensor, pass?: Pass): Tensor;
  /** The map from hidden states to logits, kept apart so that it fuses with the loss. */
  readout(params: Tensors<P>): Readout;
  /** Token by token. A key-value cache and a recurrent memory are both a state: a tree of arrays. */
  readonly stepping?: {
    /** Whether the state has a constant size, or grows with its capacity in tokens. */
    readonly growth: 'constant' | 'context';
    /** Arrays of a state of constant size have the batch as their first axis. */
    specs(sizes: StateSizes): S;
    /** The state before the first token; zeros by default. */
    begin?(params: Tensors<P>, sizes: StateSizes): Tensors<S>;
    /**
     * @param token ids, int32 `[batch]`
     * @returns the hidden state `[batch, width]` that `forward` has at this position, and the next state
     */
    step(params: Tensors<P>, state: Tensors<S>, token: Tensor): Stepped<Tensors<S>>;
    /** All steps of a sequence, if a model has a faster way than `scanSteps`. */
    scan?(
      params: Tensors<P>,
      tokens: Tensor,
      options?: ScanOptions<Tensors<S>>,
    ): Scanned<Tensors<S>>;
  };
  /** A state of constant size as a memory that a teacher can write and compare. */
  readonly memory?: Memory;
};

/**
 * A memory is `[batch, sizes.memoryTokens, sizes.hiddenSize]`: the whole state, in a form that a teacher shares. The
 * parameters of a model that has one are `RecurrentParams`: what moves a memory on, what reads it out, and the first one.
 */
export type Memory = {
  /** Sizes of memories and of the readout. A teacher's decoder has the same sizes, and becomes the readout. */
  readonly sizes: MemorySizes;
  pack(state: Tree<Tensor>): Tensor;
  unpack(memory: Tensor): Tree<Tensor>;
  /** @returns the hidden state `[batch, width]` that `step` gives with this memory */
  read(params: Tree<Tensor>, memory: Tensor): Tensor;
  /**
   * Where a step looks, if it attends: weights `[batch, heads, memoryTokens + 1, memoryTokens + 1]` of each layer, of what reads and
   * what is read, the token last.
   */
  attend?(params: Tree<Tensor>, memory: Tensor, token: Tensor): readonly Tensor[];
};

export type Stepping<P, S> = NonNullable<Model<P, S>['stepping']>;

/** A model as plain data, as in files; `createModel` makes the model from it. */
export type ModelDescription = {
  readonly kind: string;
  /** In full, so that they do not depend on defaults. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly sizes: ModelSizes;
};

/** Files of a kind for which other programs have a format. */
export type ModelFiles = {
  /** The values of `model_type` in its config.json, each with its name in `architectures`. */
  readonly modelTypes: Readonly<Record<string, string>>;
  /** @returns the content of config.json; `endOfText` is the id that separates documents */
  toConfigText(description: ModelDescription, endOfText?: number): string;
  /**
   * @param source what `json` was read from, for messages
   * @throws UserError naming `source` for a model that this kind cannot compute
   */
  fromConfigJson(json: unknown, source: string): Pick<ModelDescription, 'options' | 'sizes'>;
  /** Tensors that other programs write besides the parameters, and that follow from them or from the configuration. */
  derivedTensors?(description: ModelDescription): DerivedTensors;
};

/** For the name of a tensor that is not a parameter: its shape, and the parameter that it repeats, if any. */
export type DerivedTensors = (
  name: string,
) => { readonly shape: Shape; readonly repeats?: string } | undefined;

/** A kind of model, as recipes name it. */
export type ModelDefinition<
  O extends z.ZodType = z.ZodType,
  M extends Model = Model,
> = Definition<O> & {
  /** @throws UserError if sizes do not fit together */
  create(options: z.output<O>, sizes: ModelSizes): M;
  /** The options in full, if defaults depend on other options. */
  resolve?(options: z.output<O>, sizes: ModelSizes): z.input<O>;
  /** By default files have our own format: see `modelConfigText`. */
  readonly files?: ModelFiles;
};

/** Kinds by name. Registries are values that are passed as arguments. */
export type ModelRegistry = Registry<ModelDefinition>;

/** A kind of model; its type follows from the options. A plugin lists it under `models`. */
export function defineModel<O extends z.ZodType, M extends Model>(
  definition: ModelDefinition<O, M>,
): ModelDefinition<O, M> {
  return definition;
}

/**
 * A model of a registry.
 *
 * @param options as a recipe has them
 * @throws UserError for a kind that is not in the registry, options that the kind does not have (with the nearest
 *   known name), or sizes that do not fit together
 */
export function createModel<R extends ModelRegistry>(
  registry: R,
  kind: keyof R & string,
  options: unknown,
  sizes: ModelSizes,
): Model {
  const found = resolveKind('model', registry, kind, options);
  return found.definition.create(found.options, sizes);
}

/**
 * A model of a registry as plain data, from which `createModel` makes it again.
 *
 * @throws UserError as `createModel`
 */
export function describeModel<R extends ModelRegistry>(
  registry: R,
  kind: keyof R & string,
  options: unknown,
  sizes: ModelSizes,
): ModelDescription {
  const found = resolveKind('model', registry, kind, options);
  const full = found.definition.resolve?.(found.options, sizes) ?? found.options;
  return { kind, options: full as ModelDescription['options'], sizes };
}

/** @throws UserError for a model without a step */
function requireStepping<P, S>({ kind, stepping }: Model<P, S>) {
  if (stepping) return stepping;
  throw new UserError(`a model of kind ${kind} cannot be run token by token: it has no step`);
}

/** The state before the first token. */
export function beginState<P, S>(
  model: Model<P, S>,
  params: NoInfer<Tensors<P>>,
  sizes: StateSizes,
): Tensors<S> {
  const stepping = requireStepping(model);
  if (stepping.begin) return stepping.begin(params, sizes);
  const [[, like]] = flattenTree<Tensor>(params as Tree<Tensor>, isTensor) as [[string, Tensor]];
  return mapTree<ArraySpec, Tensor>(stepping.specs(sizes) as Tree<ArraySpec>, isArraySpec, (leaf) =>
    full(like.graph, leaf.shape, 0, leaf.dtype === 'float32' ? like.dtype : leaf.dtype),
  ) as Tensors<S>;
}

/** Goes through a sequence in the model's fastest way. */
export function scanSequence<P, S>(
  model: Model<P, S>,
  params: NoInfer<Tensors<P>>,
  tokens: Tensor,
  options: ScanOptions<NoInfer<Tensors<S>>> = {},
): Scanned<Tensors<S>> {
  const stepping = requireStepping(model);
  return stepping.scan?.(params, tokens, options) ?? scanSteps(model, params, tokens, options);
}

/** Goes through a sequence by `step`, in a loop: the forward pass of a model without a faster one. */
export function scanSteps<P, S>(
  model: Model<P, S>,
  params: NoInfer<Tensors<P>>,
  tokens: Tensor,
  options: ScanOptions<NoInfer<Tensors<S>>> = {},
): Scanned<Tensors<S>> {
  const stepping = requireStepping(model);
  const { state, kept, probes } = scanStates(
    model,
    params,
    tokens,
    options,
    (own, before, token) => {
      const { hidden, state } = stepping.step(own, before, token);
      return { state, keep: () => hidden };
    },
  );
  return { hidden: transpose(kept, [1, 0, 2]), state, probes };
}

/**
 * The states along a sequence. `next` gives the state after a token, from its arguments only. `keep` gives the outputs of a step from
 * the state that later steps see; they are returned stacked, `[time, ...]`.
 */
export function scanStates<P, S, Y extends Tree<Tensor>>(
  model: Model<P, S>,
  params: NoInfer<Tensors<P>>,
  tokens: Tensor,
  { state: first, truncate, checkpointEvery }: ScanOptions<NoInfer<Tensors<S>>>,
  next: (
    params: Tensors<P>,
    state: Tensors<S>,
    token: Tensor,
  ) => { readonly state: Tensors<S>; readonly keep: (state: Tensors<S>) => Y },
): Pick<Scanned<Tensors<S>>, 'state' | 'probes'> & { readonly kept: Y } {
  const [batch, time] = tokens.shape as [number, number];
  const init = (first ?? beginState(model, params, { batch, capacity: time })) as Tree<Tensor>;
  const probes = Object.fromEntries(
    flattenTree<Tensor>(init, isTensor).flatMap(([path, x]) =>
      isFloat(x) ? [[path, full(x.graph, [time, ...x.shape], 0, x.dtype)]] : [],
    ),
  );
  const { carry, ys } = scan(
    (
      before: Tree<Tensor>,
      x: { token: Tensor; probes: Readonly<Record<string, Tensor>> },
      own: Tree<Tensor>,
    ) => {
      const { state, keep } = next(own as Tensors<P>, before as Tensors<S>, x.token);
      const carry = mapTree<Tensor, Tensor>(state as Tree<Tensor>, isTensor, (leaf, path) => {
        const probe = x.probes[path];
        return probe ? probeGradient(leaf, probe) : leaf;
      });
      return { carry, y: keep(carry as Tensors<S>) };
    },
    {
      init,
      xs: { token: transpose(tokens), probes },
      consts: params as Tree<Tensor>,
      truncate,
      checkpointEvery,
    },
  );
  return { state: carry as Tensors<S>, kept: ys, probes: Object.values(probes) };
}

const isFloat = ({ dtype }: Tensor) => dtype === 'float32' || dtype === 'float64';
