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
} from '../../core/index.ts';
import type { Definition, Registry } from '../../core/registry.ts';
import { resolveKind } from '../../core/resolve-kind.ts';
import { full, isTensor, reshape, slice, stack, type Tensor } from '../../tensor/index.ts';
import type { Readout } from '../layers/readout.ts';

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

export type Model<P = Tree<ParamSpec>, S = Tree<ArraySpec>> = {
  readonly kind: string;
  readonly vocabSize: number;
  /** Longest sequence, in tokens; null where any length will do. */
  readonly contextLength: number | null;
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
    specs(sizes: StateSizes): S;
    /** The state before the first token; zeros where a model does not say. */
    begin?(params: Tensors<P>, sizes: StateSizes): Tensors<S>;
    /**
     * @param token ids, int32 `[batch]`
     * @returns the hidden state `[batch, width]` that `forward` has at this position, and the next state
     */
    step(params: Tensors<P>, state: Tensors<S>, token: Tensor): Stepped<Tensors<S>>;
  };
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
  /** What it is, in a sentence. */
  readonly description: string;
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

/** The state before the first token. */
export function beginState<P, S>(
  { specs, begin }: Stepping<P, S>,
  params: Tensors<P>,
  sizes: StateSizes,
): Tensors<S> {
  if (begin) return begin(params, sizes);
  const [[, like]] = flattenTree<Tensor>(params as Tree<Tensor>, isTensor) as [[string, Tensor]];
  return mapTree<ArraySpec, Tensor>(specs(sizes) as Tree<ArraySpec>, isArraySpec, (leaf) =>
    full(like.graph, leaf.shape, 0, leaf.dtype === 'float32' ? like.dtype : leaf.dtype),
  ) as Tensors<S>;
}

/** Hidden states `[batch, time, width]` step by step: `forward` of a model that has a step alone. */
export function unroll<P, S>(stepping: Stepping<P, S>, params: Tensors<P>, tokens: Tensor): Tensor {
  const [batch, time] = tokens.shape as [number, number];
  const hidden: Tensor[] = [];
  let state = beginState(stepping, params, { batch, capacity: time });
  for (let t = 0; t < time; t++) {
    const stepped = stepping.step(params, state, reshape(slice(tokens, 1, t, t + 1), [batch]));
    hidden.push(stepped.hidden);
    state = stepped.state;
  }
  return stack(hidden, 1);
}
