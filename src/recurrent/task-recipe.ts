// What a recurrent network may be trained on, each kind with its options.

import { z } from 'zod';
import { type KindOutput, registrySchema } from '../core/registry.ts';
import { worldSchema } from '../run/world-recipe.ts';
import { characters } from '../training/data/characters-data.ts';
import { images } from '../training/data/images-data.ts';
import { TASKS } from '../worlds/index.ts';

const KINDS = {
  ...TASKS,
  characters,
  images,
  /** Any world of the source stage, such as NCA. */
  world: { options: z.strictObject({ world: worldSchema.prefault({ kind: 'nca' }) }) },
};

export const taskSchema = registrySchema(KINDS);

export type TaskRecipe = KindOutput<typeof KINDS>;
