// The newest network of a run, to roll out and to sample from.

import { arraysToTree, type SmtParams, smt, taughtParams } from '../algorithms/index.ts';
import { keyFromSeed, type NdArray, type ParamSpec, type Tree, UserError } from '../core/index.ts';
import { openGenerator, type TokenGenerator } from '../eval/index.ts';
import { createRecurrent } from '../nn/index.ts';
import { findWholeCheckpoint } from '../run/checkpoint.ts';
import { runPaths } from '../run/run-folder.ts';
import type { Device, Tensor } from '../tensor/index.ts';
import { type PreparedRecurrent, prepareRecurrent } from './prepare.ts';
import { RECURRENT_STAGES } from './recipe.ts';
import { type LoadedRecurrent, loadRecurrent, requireConfig } from './recurrent-checkpoint.ts';
import { readRecurrentRecipe, stageDirectory } from './recurrent-folder.ts';

export type Network = {
  readonly prepared: PreparedRecurrent;
  /** Folder of the checkpoint. */
  readonly checkpoint: string;
  readonly loaded: LoadedRecurrent;
};

/**
 * Reads the newest whole checkpoint of a run's last stage that has one.
 *
 * @throws UserError when there is none, or it is not of the run's recipe
 */
export function loadNetwork(directory: string, warn: (text: string) => void = () => {}): Network {
  const recipe = readRecurrentRecipe(directory);
  const prepared = prepareRecurrent(recipe, directory, keyFromSeed(recipe.seed));
  for (const stage of [...RECURRENT_STAGES].reverse()) {
    const found = findWholeCheckpoint(stageDirectory(runPaths(directory), stage), warn);
    if (!found) continue;
    const loaded = loadRecurrent(found.path);
    requireConfig(loaded.config, prepared.config, found.path);
    return { prepared, checkpoint: found.path, loaded };
  }
  throw new UserError(`${directory} has no checkpoint yet`, {
    hint: `let it train: primordia resume ${directory}`,
  });
}

/** Compiles the network's step. After SMT alone the teacher's readout reads out. */
export async function openNetwork(
  device: Device,
  { loaded: { stage, config, params } }: Network,
): Promise<TokenGenerator> {
  const model = createRecurrent(config);
  const { encoder, encoderLayers } = config;
  const specs: Tree<ParamSpec> =
    stage === 'smt'
      ? smt.specs(model, smt.options.parse({ encoder, encoderLayers }))
      : model.params;
  const state = await device.createState<Tree<NdArray>>(arraysToTree(specs, params));
  const generator = await openGenerator(device, model, {
    state,
    pick: (found) =>
      (stage === 'smt' ? taughtParams(config, found as SmtParams<Tensor>) : found) as never,
  });
  return {
    ...generator,
    close: async () => {
      await generator.close();
      await state.drop();
    },
  };
}
