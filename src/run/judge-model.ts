// A source's model before the gate, on held-out sequences of any seed.

import { foldIn, keyFromSeed, type NdArray, type Tree, UserError } from '../core/index.ts';
import {
  createLlama,
  deriveLlamaConfig,
  type LlamaConfig,
  llamaDescription,
  MODELS,
} from '../nn/index.ts';
import type { Device } from '../tensor/index.ts';
import { type GateRecord, measureGate } from './measure-gate.ts';
import { loadModel, requireModel } from './model-files.ts';
import { openJudgedModel } from './open-judged-model.ts';
import type { Recipe, SourceRecipe } from './recipe.ts';
import type { ShippedSource } from './shipped-source.ts';
import { createSourceWorld, firstPosition, openSourceData } from './source-stage.ts';

export type JudgeOptions = {
  /** Draws other held-out sequences than the source's own seed does. */
  readonly seed?: number | undefined;
};

/** A shipped source, judged now in its own world. */
export function judgeSourceFolder(
  { directory, recipe }: Pick<ShippedSource, 'directory' | 'recipe'>,
  options: JudgeOptions & { readonly device: Device },
): Promise<GateRecord> {
  requireModel(directory, MODELS, llamaDescription(sourceConfig(recipe, recipe.source)));
  return judgeModel(recipe, loadModel(directory, MODELS).params, options);
}

/** The configuration of a source stage's model. */
export function sourceConfig(
  { model }: Recipe,
  source: SourceRecipe,
  directory?: string,
): LlamaConfig {
  const { vocabSize } = createSourceWorld(source, directory);
  return deriveLlamaConfig(model, { vocabSize, contextLength: source.contextLength });
}

/**
 * A model of a recipe's source stage, judged now.
 *
 * @param options.directory the folder of its run, which knows the files of a data set
 */
export async function judgeModel(
  recipe: Recipe,
  params: Tree<NdArray>,
  options: JudgeOptions & { readonly device: Device; readonly directory?: string },
): Promise<GateRecord> {
  const { device, seed = recipe.seed, directory } = options;
  const source = requireSource(recipe, recipe.name);
  if (seed !== recipe.seed && source.world.kind === 'dataset') {
    throw new UserError('--seed has no effect on a data set: its last sequences are held out');
  }
  const world = createSourceWorld(source, directory);
  const config = sourceConfig(recipe, source, directory);
  const [key, heldOutKey] = [recipe.seed, seed].map((of) => foldIn(keyFromSeed(of), 'source'));
  const data = await openSourceData(source, world, key!, heldOutKey);
  try {
    const model = await openJudgedModel(
      device,
      { model: createLlama(config), params },
      {
        batchSize: data.batchSize,
        contextLength: source.contextLength,
        firstPosition: firstPosition(world),
      },
    );
    try {
      return await measureGate(data, model);
    } finally {
      await model.close();
    }
  } finally {
    await data.close();
  }
}

/** @throws UserError for a recipe without a source stage */
export function requireSource(recipe: Recipe, place: string): SourceRecipe {
  if (recipe.source) return recipe.source;
  const { from } = recipe.transfer;
  throw new UserError(`${place} has no source stage: there is nothing for the gate to judge`, {
    hint:
      from === undefined
        ? 'give a run or a recipe with a source'
        : `it begins with the model of ${from}: primordia gate ${from}`,
  });
}
