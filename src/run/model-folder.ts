// From a run folder to the folder of its newest model.

import { UserError } from '../core/index.ts';
import { findWholeCheckpoint, listCheckpoints, verifyModelFiles } from './checkpoint.ts';
import { isRunFolder, runPaths, STAGES, type StageName, stageFolder } from './run-folder.ts';

export type FindModelOptions = {
  /** Stages whose model will do, by default all; the last of them that has begun counts. */
  readonly stages?: readonly StageName[];
  /** Hears of damaged checkpoints that were passed over. */
  readonly warn?: (text: string) => void;
};

/** What is read of a model's folder. */
const MODEL_FILES = ['config.json', 'model.safetensors', 'tokenizer.json'];

/**
 * The checkpoint folder of a run's newest model, every byte verified; a folder that holds no run is taken for a
 * model folder itself. One of Hugging Face's has no hashes to verify by.
 *
 * @throws UserError when the run has no such model yet, or only damaged ones; when the checkpoint is damaged
 */
export function findModelFolder(
  directory: string,
  { stages = STAGES, warn = () => {} }: FindModelOptions = {},
): string {
  if (!isRunFolder(directory)) {
    verifyModelFiles(directory, MODEL_FILES);
    return directory;
  }
  const paths = runPaths(directory);
  for (const stage of [...stages].reverse()) {
    const checkpoint = findWholeCheckpoint(stageFolder(paths, stage), warn);
    if (checkpoint) return checkpoint.path;
  }
  const [only, ...others] = stages;
  throw new UserError(
    `${directory} has no ${others.length === 0 ? `${only} model` : 'model'} yet`,
    {
      hint: `let its ${stages.at(-1)} stage begin: primordia resume ${directory}`,
    },
  );
}

/**
 * The same where the gate has a say: it judged the model at the end of the source stage, and no other may pass for that one.
 *
 * @throws UserError also where the newest model is of the text stage, or the last one of the source stage is damaged
 */
export function findJudgedModel(directory: string): string {
  const model = findModelFolder(directory);
  const judged = isRunFolder(directory)
    ? listCheckpoints(stageFolder(runPaths(directory), 'source')).at(-1)?.path
    : undefined;
  if (model === judged) return model;
  throw new UserError(
    `the gate of ${directory} judged the model at the end of its source stage, ` +
      `and transfer.from would begin with another one: ${model}`,
    { hint: 'name a run without a text stage in transfer.from, or leave requireGate out' },
  );
}
