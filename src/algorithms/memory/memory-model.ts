// Models whose state is a memory of constant size, as algorithms see them.

import { type Tree, UserError } from '../../core/index.ts';
import type { Model } from '../../nn/index.ts';
import type { Tensor } from '../../tensor/tracing.ts';

/** A model with a step, and a memory that a teacher can share. Its parameters are `RecurrentParams`. */
export type MemoryModel = Model & {
  readonly stepping: NonNullable<Model['stepping']>;
  readonly memory: NonNullable<Model['memory']>;
};

/** Whether a model has a memory that a teacher can share. */
export function hasMemory(model: Model): model is MemoryModel {
  return model.memory !== undefined && model.stepping?.growth === 'constant';
}

/** Why an algorithm that works on memories does not accept a model, in a sentence; null if it does. */
export function memoryMisfit(algorithm: string, model: Model): string | null {
  if (hasMemory(model)) return null;
  const takes = `${algorithm} takes models whose memory has a constant size`;
  if (!model.stepping) return `${takes}; ${model.kind} has no step`;
  if (model.stepping.growth === 'context')
    return `${takes}; ${model.kind}'s grows with the context`;
  return `${algorithm} takes models with a memory; ${model.kind} has none`;
}

/** @throws UserError if a model has no such memory */
export function requireMemory(algorithm: string, model: Model): MemoryModel {
  if (hasMemory(model)) return model;
  throw new UserError(memoryMisfit(algorithm, model)!, {
    hint: 'choose a recurrent model, such as gru',
  });
}

/** The memory after a token. */
export function advanceMemory(
  { stepping, memory }: MemoryModel,
  params: Tree<Tensor>,
  before: Tensor,
  token: Tensor,
): Tensor {
  return memory.pack(stepping.step(params, memory.unpack(before), token).state);
}

/** The error message of `check`, as a sentence; null if it passes. */
export function explainMisfit(check: () => void): string | null {
  try {
    check();
    return null;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.hint ? `${error.message}; ${error.hint}` : error.message;
  }
}
