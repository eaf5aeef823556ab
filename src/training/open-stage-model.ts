// The newest model of a run on a device, with the data that it learned.

import { readArtifact } from '../run/artifacts.ts';
import { readLearner } from '../run/learner-checkpoint.ts';
import type { Device } from '../tensor/index.ts';
import type { OpenedData } from './data/data.ts';
import { openLearner } from './open-learner.ts';
import { type OpenedModel, openModel } from './open-model.ts';
import { openStage } from './prepare.ts';
import type { Registries } from './registries.ts';
import type { StageModel } from './stage-models.ts';

export type OpenedStageModel = OpenedModel & { readonly data: OpenedData };

/**
 * A model of a run, as it was at its newest checkpoint where its stage is not finished; what an algorithm trains besides it
 * is left out. Nothing is written. Close it.
 *
 * @throws UserError if a file of the run is missing or damaged
 */
export async function openStageModel(
  device: Device,
  directory: string,
  { recipe, stage, folder, artifacts }: StageModel,
  registries: Registries,
): Promise<OpenedStageModel> {
  const own = await openStage(recipe, stage, { registries, directory, begun: true });
  try {
    const { arrays } = artifacts === null ? await readNewest() : readArtifact(artifacts, 'model');
    const opened = await openModel(device, own.model, arrays);
    const close = async () => {
      await Promise.all([opened.close(), own.data.close()]);
    };
    return { ...opened, data: own.data, close };
  } catch (error) {
    await own.data.close();
    throw error;
  }

  async function readNewest() {
    const learner = await openLearner(device, own, readLearner(folder), {
      registries,
      recipe,
      directory,
    });
    try {
      return (await learner.finish()).model!;
    } finally {
      await learner.close();
    }
  }
}
