// The contract of optimizers: their state for each parameter, and their traced update.

import type { z } from 'zod';
import type { ArraySpec, NdArray, ParamSpec } from '../core/index.ts';
import type { Definition, Registry } from '../core/registry.ts';
import { resolveKind } from '../core/resolve-kind.ts';
import type { Tensor } from '../tensor/tracing.ts';

/** The arrays kept for one parameter between steps, by name. */
export type Slots<T> = Readonly<Record<string, T>>;

/** Float types that training computes in. */
export type FloatDtype = 'float32' | 'float64';

/** An optimizer with its options. */
export type Optimizer = {
  readonly kind: string;
  /**
   * Whether the update of an element depends only on its own value, gradient and slots, and on whether its parameter decays.
   * Small parameters are then joined, and `update` sees the joined array as one parameter.
   */
  readonly elementwise?: boolean;
  /** Slots of a parameter, which start at zero; a checkpoint has them as `slot.path`. */
  slots(param: ParamSpec): Slots<ArraySpec>;
  /** Scalars that change from step to step, computed outside the graph in full precision; steps count from 0. */
  scalars(step: number, learningRate: number, dtype: FloatDtype): Readonly<Record<string, NdArray>>;
  /** One step, traced. Entry i of every list is of parameter i; the result has the same order. */
  update(
    params: readonly {
      readonly spec: ParamSpec;
      readonly value: Tensor;
      readonly gradient: Tensor;
      readonly slots: Slots<Tensor>;
    }[],
    scalars: Readonly<Record<string, Tensor>>,
  ): readonly { readonly value: Tensor; readonly slots: Slots<Tensor> }[];
};

/** A kind of optimizer, as recipes name it. Learning rate, schedule and clipping are not its options. */
export type OptimizerDefinition<O extends z.ZodType = z.ZodType> = Definition<O> & {
  create(options: z.output<O>): Optimizer;
};

/** Kinds by name. Registries are values that are passed as arguments. */
export type OptimizerRegistry = Registry<OptimizerDefinition>;

/** A kind of optimizer; its type follows from the options. A plugin lists it under `optimizers`. */
export function defineOptimizer<O extends z.ZodType>(
  definition: OptimizerDefinition<O>,
): OptimizerDefinition<O> {
  return definition;
}

/**
 * An optimizer of a registry.
 *
 * @param options as a recipe has them
 * @throws UserError for a kind that is not in the registry, or options that the kind does not have
 */
export function createOptimizer<R extends OptimizerRegistry>(
  registry: R,
  kind: keyof R & string,
  options: unknown,
): Optimizer {
  const found = resolveKind('optimizer', registry, kind, options);
  return found.definition.create(found.options);
}
