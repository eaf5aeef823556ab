// Before a study trains anything: whether the worlds of its runs can be drawn from, and their models built.

import { inContext } from '../../core/index.ts';
import { deriveLlamaConfig } from '../../nn/index.ts';
import { trySource } from '../source-stage.ts';
import type { StudyJob } from './plan-study.ts';

/**
 * Draws a sequence from each world that some runs learn from, once a world, and derives each model. Writes nothing.
 *
 * @throws UserError naming the first run that could not begin
 */
export async function tryJobs(jobs: readonly StudyJob[]): Promise<void> {
  const tried = new Set<string>();
  for (const { kind, name, recipe } of jobs) {
    const { source, text, model } = recipe;
    // Runs of other seeds, and arms with the same model and world, are no other trial.
    const trial = JSON.stringify([source, model, text?.contextLength]);
    if (tried.has(trial)) continue;
    tried.add(trial);
    try {
      if (source) await trySource(source, model);
      // The vocabulary comes with the text.
      if (text) deriveLlamaConfig(model, { vocabSize: 1, contextLength: text.contextLength });
    } catch (error) {
      throw inContext(`${kind} '${name}'`, error);
    }
  }
}
