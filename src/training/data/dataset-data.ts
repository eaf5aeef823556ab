// A data set on disk as training data: sequences written by `primordia nca generate` or other programs.

import { foldIn, UserError } from '../../core/index.ts';
import { findManifest } from '../../datasets/index.ts';
import { type DataContext, DEFAULT_CONTEXT_LENGTH, defineData, type OpenedData } from './data.ts';
import { type DatasetRecipe, datasetOptions } from './dataset-options.ts';
import {
  bindDataset,
  createDatasetWorld,
  datasetRecordPath,
  openDatasetSource,
  requireBoundDataset,
  takeSequences,
} from './dataset-source.ts';
import {
  bindTokenFiles,
  createTokenFilesWorld,
  openTokenFilesSource,
  requireBoundTokenFiles,
} from './token-files-source.ts';
import { countHeldOut, countSample, toBatch, toBatches, worldFacts } from './world-data.ts';

/** Sequences of a data set of token ids. */
export const dataset = defineData({
  kind: 'dataset',
  source: 'files of token ids',
  description: 'Sequences of a data set in files; the last ones are held out.',
  options: datasetOptions,
  async open(given, context) {
    const contextLength = chooseContextLength(given, context);
    const files = bind(given, contextLength + 1, context);
    const opened = await openDataset(given, contextLength, context);
    return files ? { ...opened, files } : opened;
  },
});

function chooseContextLength(given: DatasetRecipe, { contextLength, place }: DataContext): number {
  const own = given.contextLength ?? contextLength;
  if (own !== null && own !== (contextLength ?? own)) {
    throw new UserError(`contextLength is ${contextLength}, and ${place}.contextLength ${own}`, {
      hint: 'leave one of them out',
    });
  }
  if (own !== null) return own;
  if (given.path === undefined) return DEFAULT_CONTEXT_LENGTH;
  return findManifest(given.path).manifest.sequenceLength - 1;
}

/** What is in each file, where they are files of tokens. */
function bind(
  given: DatasetRecipe,
  sequenceLength: number,
  { directory, begun }: DataContext,
): OpenedData['files'] {
  if (directory === null) return undefined;
  if (given.path !== undefined) {
    const compare = begun ? requireBoundDataset : bindDataset;
    compare(directory, given.path, sequenceLength);
    return undefined;
  }
  if (begun) return requireBoundTokenFiles(directory, given);
  return bindTokenFiles(directory, given, sequenceLength);
}

type DatasetContext = Pick<
  DataContext,
  'directory' | 'key' | 'batchSize' | 'heldOutSequences' | 'steps'
>;

/**
 * Sequences of a data set in an order that depends on the key. The last sequences are held out, whatever the key.
 *
 * @throws UserError if there is no data set, or it has too few sequences, or too short ones
 */
export async function openDataset(
  given: DatasetRecipe,
  contextLength: number,
  context: DatasetContext,
) {
  const { key, batchSize, directory } = context;
  const sequenceLength = contextLength + 1;
  const world =
    given.path === undefined
      ? createTokenFilesWorld(given, sequenceLength)
      : createDatasetWorld(
          given.path,
          sequenceLength,
          directory === null ? undefined : datasetRecordPath(directory),
        );
  const source =
    given.path === undefined
      ? openTokenFilesSource(given, sequenceLength)
      : await openDatasetSource(given.path);
  const sequences = await takeSequences(source, foldIn(key, 'train'), {
    sequenceLength,
    heldOutCount: countHeldOut(context),
    leastTraining: batchSize,
  });
  const { trainingCount } = sequences;
  try {
    const heldOutSequences = await sequences.heldOut();
    const trainedSequences = Math.min(context.steps * batchSize, trainingCount);
    return {
      ...worldFacts(world, batchSize),
      world,
      trainingCount,
      shows: world.frame ? ('frames' as const) : ('tokens' as const),
      batch: async (step: number) =>
        toBatch(await sequences.train(step * batchSize, batchSize), world),
      heldOut: toBatches(heldOutSequences, batchSize, world),
      gate: {
        world,
        heldOutSequences,
        trainedSequences,
        gateKey: foldIn(key, 'gate'),
        trainingSample: () => sequences.train(0, countSample(world, trainedSequences)),
      },
      close: sequences.close,
    } satisfies OpenedData;
  } catch (error) {
    await sequences.close();
    throw error;
  }
}
