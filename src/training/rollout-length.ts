// The length over which the finished model is measured along held-out sequences.

import { UserError } from '../core/index.ts';
import type { Model } from '../nn/index.ts';
import type { OpenedData } from './data/data.ts';
import type { Recipe } from './recipe.ts';

/** Tokens that the finished model reads of each held-out sequence. */
export function rolloutLength(
  { rollout }: Recipe,
  { data }: { readonly data: Pick<OpenedData, 'contextLength'> },
): number {
  return rollout.length ?? data.contextLength;
}

/** Tokens of all sequences, which are held in memory. */
const MAX_TOKENS = 2 ** 24;

/** @throws UserError if the finished model cannot be measured as the recipe asks */
export function checkRollout(
  recipe: Recipe,
  last: { readonly data: OpenedData; readonly model: Model },
): void {
  const { data, model } = last;
  const length = rolloutLength(recipe, last);
  if (!data.worlds) {
    if (recipe.rollout.length === undefined) return;
    throw new UserError('rollout.length has no effect if sequences are not generated', {
      hint: 'leave it out',
    });
  }
  if (model.contextLength !== null && length > model.contextLength) {
    throw new UserError(
      `rollout.length is ${length}, and the model reads ${model.contextLength} tokens at most`,
      { hint: 'leave it out, or choose a model whose state has a constant size' },
    );
  }
  const tokens = length * recipe.rollout.sequences;
  if (tokens > MAX_TOKENS) {
    throw new UserError(
      `rollout: ${recipe.rollout.sequences} sequences of ${length} tokens are ${tokens.toLocaleString('en-US')} tokens, too many at a time`,
      {
        hint: `at most ${MAX_TOKENS.toLocaleString('en-US')}: lower rollout.sequences or rollout.length`,
      },
    );
  }
  data.worlds(length);
}
