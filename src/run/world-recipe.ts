// The worlds that a recipe may name, each kind with its options, and how one is made of them.

import { z } from 'zod';
import {
  type AnyWorld,
  createDfaWorld,
  createDyckWorld,
  createElementaryWorld,
  createIidWorld,
  createLifeWorld,
  createShuffledWorld,
} from '../worlds/index.ts';
import { createNcaWorld, NCA_FILTERS } from '../worlds/nca/index.ts';
import { datasetSchema } from './dataset-recipe.ts';
import { createDatasetWorld, datasetRecordPath } from './dataset-source.ts';
import { createTokenFilesWorld } from './token-files-source.ts';

// Defaults are those of the worlds themselves (`*_DEFAULTS`), which also check what a schema cannot.
const count = z.int().positive();

const band = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('default') }),
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('absolute'), low: z.number(), high: z.number() }),
  z.strictObject({ kind: z.literal('percentile'), low: z.number(), high: z.number() }),
]);

const ncaOptions = {
  colors: count.optional(),
  grid: count.optional(),
  patch: count.optional(),
  features: count.optional(),
  hidden: count.optional(),
  temperature: z.number().optional(),
  identityBias: z.number().optional(),
  burnIn: z.int().nonnegative().optional(),
  dt: count.optional(),
  channelPadding: z.enum(['wrap', 'spatial']).optional(),
  rules: z.union([z.literal('fresh'), count]).optional(),
  ruleSeed: z.int().optional(),
  band: band.optional(),
  filter: z.enum(NCA_FILTERS).optional(),
  arithmetic: z.enum(['float32', 'int16']).optional(),
};

/** The NCA world that a control takes its tokens from. */
const of = z.strictObject(ncaOptions).prefault({});

export const worldSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('nca'), ...ncaOptions }),
  z.strictObject({ kind: z.literal('shuffled'), of }),
  z.strictObject({ kind: z.literal('iid'), of, sampleSequences: count.optional() }),
  z.strictObject({
    kind: z.literal('dyck'),
    types: count.optional(),
    maxDepth: count.optional(),
    openProbability: z.number().optional(),
  }),
  z.strictObject({
    kind: z.literal('elementary'),
    rules: z
      .union([z.enum(['class-1', 'class-2', 'class-3', 'class-4']), z.array(z.int())])
      .optional(),
    width: count.optional(),
    patch: count.optional(),
    burnIn: z.int().nonnegative().optional(),
  }),
  z.strictObject({
    kind: z.literal('life'),
    rules: z.array(z.string()).optional(),
    grid: count.optional(),
    patch: count.optional(),
    density: z.union([z.literal('drawn'), z.number()]).optional(),
    burnIn: z.int().nonnegative().optional(),
  }),
  z.strictObject({
    kind: z.literal('dfa'),
    minStates: count.optional(),
    maxStates: count.optional(),
    symbols: count.optional(),
    minSymbols: count.optional(),
    maxEdges: count.optional(),
    minLength: count.optional(),
    maxLength: count.optional(),
  }),
  datasetSchema,
]);

type WorldRecipe = z.output<typeof worldSchema>;

/**
 * The world that a recipe describes, with sequences of a given length.
 *
 * @param directory the folder of the run, where there is one: it describes the data set that the run began with
 * @throws UserError where options do not go together
 */
export function createWorld(
  recipe: WorldRecipe,
  sequenceLength: number,
  directory?: string,
): AnyWorld {
  switch (recipe.kind) {
    case 'nca':
      return createNcaWorld(optionsOf(recipe, sequenceLength));
    case 'shuffled':
      return createShuffledWorld(createNcaWorld(optionsOf(recipe.of, sequenceLength)));
    case 'iid': {
      const { of: original, sampleSequences } = recipe;
      return createIidWorld(createNcaWorld(optionsOf(original, sequenceLength)), sampleSequences);
    }
    case 'dyck':
      return createDyckWorld(optionsOf(recipe, sequenceLength));
    case 'elementary':
      return createElementaryWorld(optionsOf(recipe, sequenceLength));
    case 'life':
      return createLifeWorld(optionsOf(recipe, sequenceLength));
    case 'dfa':
      return createDfaWorld(optionsOf(recipe, sequenceLength));
    case 'dataset': {
      if (recipe.path === undefined) return createTokenFilesWorld(recipe, sequenceLength);
      const record = directory === undefined ? undefined : datasetRecordPath(directory);
      return createDatasetWorld(recipe.path, sequenceLength, record);
    }
  }
}

/** The keys that were given, without `kind`. */
type Given<T> = { readonly [K in Exclude<keyof T, 'kind'>]?: Exclude<T[K], undefined> };

function optionsOf<T extends object>(
  recipe: T,
  sequenceLength: number,
): Given<T> & { readonly sequenceLength: number } {
  const given = Object.entries(recipe).filter(
    ([key, value]) => key !== 'kind' && value !== undefined,
  );
  return { ...(Object.fromEntries(given) as Given<T>), sequenceLength };
}
