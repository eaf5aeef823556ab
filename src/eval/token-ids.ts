// The check that tokens are ids of the model's vocabulary, before they index its embedding.

import { UserError } from '../core/index.ts';

/** @throws UserError if an id is not in 0..vocabSize−1; `what` says what the ids are */
export function requireTokenIds(ids: Int32Array, vocabSize: number, what: string): void {
  const at = ids.findIndex((id) => id < 0 || id >= vocabSize);
  if (at === -1) return;
  throw new UserError(
    `${what}: token ${at} is ${ids[at]}, the model's vocabulary is 0..${vocabSize - 1}`,
    { hint: 'use the tokenizer that the model was trained with' },
  );
}
