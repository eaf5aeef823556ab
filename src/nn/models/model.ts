// The contract of models: whole sequences at once, token by token where a model has a state, and a read-out.

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
import { full, isTensor, probeGradient, scan, type Tensor, transpose } from '../../tensor/index.ts';
import type { Readout } from '../layers/readout.ts';
import type { MemorySizes } from '../memory/memory-config.ts';

/** What the data says of a model. */
export type ModelSizes = {
  readonly vocabSize: number;
  /** Longest sequence, in tokens. */
  readonly contextLength: number;
};

/** How a forward pass is computed. */
export type Pass = {
  /** Key for dropout (int32 `[2]`); without it nothing is dropped. */
  readonly dropoutKey?: Tensor;
};

type Tensors<T> = MapLeaves<T, ArraySpec, Tensor>;

export type StateSizes = {
  readonly batch: number;
  /** Tokens that a state has room for; a state of constant size has room for any number. */
  readonly capacity: number;
};

export type Stepped<S> = { readonly hidden: Tensor; readonly state: S };

/** How a sequence is gone through step by step. */
export type ScanOptions<S> = Pass & {
  /** The state before the first token; by default the one that a model begins with. */
  readonly state?: S | undefined;
  /** Gradients go back to the last multiple of so many steps; through all where absent. */
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
   * For each float array of the state, zeros `[time, ...]`: the gradient with regard to entry t is that with regard to the
   * state after t + 1 tokens.
   */
  readonly probes: readonly Tensor[];
};

export type Model<P = Tree<ParamSpec>, S = Tree<ArraySpec>> = {
  readonly kind: string;
  readonly vocabSize: number;
  /** Longest sequence, in tokens; null where any length will do. */
  readonly contextLength: number | null;
  /** Width of attention heads, where there are any: matrices of one shape may be split into other heads. */
  readonly headWidth?: number;
  readonly params: P;
  /**
   * @param tokens ids, int32 `[batch, time]`
   * @returns hidden states `[batch, time, width]`; those of a position depend on tokens up to it alone
   */
  forward(params: Tensors<P>, tokens: Tensor, pass?: Pass): Tensor;
  /** What makes logits of hidden states, so that it fuses with the loss. */
  readout(params: Tensors<P>): Readout;
  /** Token by token. A key-value cache and a recurrent memory are both a state: a tree of arrays. */
  readonly stepping?: {
    /** Whether the state has one size, or takes room for each token of its capacity. */
    readonly growth: 'constant' | 'context';
    /** Arrays of a state of constant size have the batch as their first axis. */
    specs(sizes: StateSizes): S;
    /** The state before the first token; zeros where a model does not say. */
    begin?(params: Tensors<P>, sizes: StateSizes): Tensors<S>;
    /**
     * @param token ids, int32 `[batch]`
     * @returns the hidden state `[batch, width]` that `forward` has at this position, and the next state
     */
    step(params: Tensors<P>, state: Tensors<S>, token: Tensor): Stepped<Tensors<S>>;
    /** All steps of a sequence, where a model has a faster way than `scanSteps`. */
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
  /** Of memories and of what reads them out. A teacher's decoder has the same, and becomes the readout. */
  readonly sizes: MemorySizes;
  pack(state: Tree<Tensor>): Tensor;
  unpack(memory: Tensor): Tree<Tensor>;
  /** @returns the hidden state `[batch, width]` that `step` gives with this memory */
  read(params: Tree<Tensor>, memory: Tensor): Tensor;
};

export type Stepping<P, S> = NonNullable<Model<P, S>['stepping']>;

/** A model as plain data: what a file says of it, and what makes it again. */
export type ModelDescription = {
  readonly kind: string;
  /** In full: they do not follow from what defaults are. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly sizes: ModelSizes;
};

/** How the files of a kind are written and read that other programs have a format for. */
export type ModelFiles = {
  /** What its config.json may have as `model_type`, each with its name in `architectures`. */
  readonly modelTypes: Readonly<Record<string, string>>;
  /** @returns the content of config.json; `endOfText` is the id that begins and ends documents */
  toConfigText(description: ModelDescription, endOfText?: number): string;
  /**
   * @param source what `json` was read from, for messages
   * @throws UserError naming `source` for a model that this kind cannot compute
   */
  fromConfigJson(json: unknown, source: string): Pick<ModelDescription, 'options' | 'sizes'>;
  /** Tensors beyond the parameters that others write, and which follow from them or from the configuration. */
  derivedTensors?(description: ModelDescription): DerivedTensors;
};

/** Of the name of a tensor that is no parameter: its shape, and the parameter that it repeats, if any. */
export type DerivedTensors = (
  name: string,
) => { readonly shape: Shape; readonly repeats?: string } | undefined;

/** A kind of model, as recipes name it. */
export type ModelDefinition<
  O extends z.ZodType = z.ZodType,
  M extends Model = Model,
> = Definition<O> & {
  /** @throws UserError when sizes do not go together */
  create(options: z.output<O>, sizes: ModelSizes): M;
  /** Options that say everything, where more than the schema's defaults follows from what is left out. */
  resolve?(options: z.output<O>, sizes: ModelSizes): z.input<O>;
  /** By default the files are ours: see `modelConfigText`. */
  readonly files?: ModelFiles;
};

/** Kinds by name. Registries are values that are passed down. */
export type ModelRegistry = Registry<ModelDefinition>;

export function defineModel<O extends z.ZodType, M extends Model>(
  definition: ModelDefinition<O, M>,
): ModelDefinition<O, M> {
  return definition;
}

/**
 * A model of a registry.
 *
 * @param options as a recipe has them
 * @throws UserError for a kind that is not in the registry, options that the kind does not take (naming the nearest
 *   known name), or sizes that do not go together
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
  throw new UserError(`a model of kind ${kind} does not go token by token: it has no step`);
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

/** Goes through a sequence in the fastest way that a model has. */
export function scanSequence<P, S>(
  model: Model<P, S>,
  params: NoInfer<Tensors<P>>,
  tokens: Tensor,
  options: ScanOptions<NoInfer<Tensors<S>>> = {},
): Scanned<Tensors<S>> {
  const stepping = requireStepping(model);
  return stepping.scan?.(params, tokens, options) ?? scanSteps(model, params, tokens, options);
}

/** Goes through a sequence by `step`, in a loop: the forward pass of a model that has nothing faster. */
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
 * The states along a sequence, where `next` gives the one after a token, out of nothing but its arguments. `keep` says what is kept of
 * a step, given the state as later steps see it; it comes back stacked, `[time, ...]`.
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
