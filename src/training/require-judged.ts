// Whether the starting model of a stage is judged by the gate, if something is required of it.

import { UserError } from '../core/index.ts';
import type { OpenedData } from './data/data.ts';
import { BESIDE } from './find-start.ts';
import type { Recipe, ResolvedStage } from './recipe.ts';

type JudgedStage = {
  readonly stage: Pick<ResolvedStage, 'name' | 'sharesData'>;
  readonly data: Pick<OpenedData, 'gate'>;
};

/** A model of a world is judged, once its last stage on these data is done. */
export function isJudged(stages: readonly JudgedStage[], name: string): boolean {
  const at = stages.findIndex(({ stage }) => stage.name === name);
  const { stage, data } = stages[at]!;
  if (!data.gate) return false;
  return !stages.slice(at + 1).some((later) => stage.sharesData && later.stage.sharesData);
}

/**
 * Refuses a stage whose `requireGate` asks for something that is not measured. A requirement for the whole run does not apply to
 * its own stages, nor to those that a study trains separately, since only some of them have worlds.
 *
 * @param name of the stage
 * @param from its starting model, which is not judged
 * @throws UserError if something is required of it
 */
export function refuseUnjudged(recipe: Recipe, name: string, from: string): void {
  const isApart = Object.hasOwn(recipe.stages, from) || from.startsWith(BESIDE);
  const required = recipe.stages[name]!.requireGate ?? (isApart ? undefined : recipe.requireGate);
  if (required === undefined) return;
  const place = recipe.stages[name]!.requireGate ? `stages.${name}.requireGate` : 'requireGate';
  throw new UserError(
    `${place} asks for ${required}, and the model that it starts from, ${from}, was not judged`,
    {
      hint: 'only a model of a world is judged: name a stage or a run with one, or leave requireGate out',
    },
  );
}
