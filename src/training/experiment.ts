// Training as a kind of run, over some registries and what has added to them.

import type { Experiment } from '../run/experiment.ts';
import type { PluginRecord } from '../run/provenance.ts';
import { tryTraining } from './prepare.ts';
import { parseRecipe, type Recipe } from './recipe.ts';
import type { Registries } from './registries.ts';
import { summarizeTraining, type TrainingSummary } from './summary.ts';
import { resumeTraining, startTraining } from './train.ts';
import { TRAINING } from './training-folder.ts';

export function createTraining(
  registries: Registries,
  plugins: readonly PluginRecord[] = [],
): Experiment<Recipe, TrainingSummary> {
  return {
    kind: TRAINING,
    parse: (value, origin) => parseRecipe(value, origin, registries),
    attempt: (recipe, options) => tryTraining(recipe, { registries, ...options }),
    start: (recipe, options) => startTraining(recipe, { ...options, registries, plugins }),
    resume: (options) => resumeTraining({ ...options, registries }),
    summarize: (directory) => summarizeTraining(directory, registries),
  };
}
