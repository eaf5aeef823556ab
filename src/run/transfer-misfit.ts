// Whether the model that a text stage begins with has the sizes of the recipe's.

import { checkTransfer } from '../algorithms/index.ts';
import { UserError } from '../core/index.ts';
import { createLlama, deriveLlamaConfig, llamaConfigOf, MODELS } from '../nn/index.ts';
import { readModelConfig } from './model-files.ts';
import type { Recipe } from './recipe.ts';
import { findTransferOrigin } from './transfer-origin.ts';

/**
 * Why the model of `transfer.from` cannot be carried over to the recipe's, in words; null where it can, or where there is nothing to
 * carry over. Nothing is read but its configuration, so what belongs to the vocabulary is not compared.
 *
 * @throws UserError when there is no such model, or it is damaged
 */
export function findTransferMisfit({ model, text, transfer }: Recipe): string | null {
  if (transfer.from === undefined || !text) return null;
  const source = llamaConfigOf(
    readModelConfig(findTransferOrigin(transfer.from, undefined).folder, MODELS),
  );
  const { contextLength } = text;
  const target = deriveLlamaConfig(model, { vocabSize: source.vocabSize, contextLength });
  try {
    checkTransfer(createLlama(source), createLlama(target), transfer);
    return null;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}
