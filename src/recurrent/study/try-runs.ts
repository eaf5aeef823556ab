// Before a study of recurrent networks trains anything: whether each of its runs could begin.

import { inContext, keyFromSeed } from '../../core/index.ts';
import { drawTokens } from '../../worlds/world.ts';
import { prepareRecurrent } from '../prepare.ts';
import { openTask, type Task } from '../task.ts';
import type { RecurrentJob } from './plan-study.ts';

/**
 * Prepares each task, length and algorithm of some runs once, whatever its seed and learning rate, and draws a sequence to
 * learn from and one to be judged by. Writes nothing.
 *
 * @throws UserError naming the first run that could not begin
 */
export function tryRuns(jobs: readonly RecurrentJob[]): void {
  const tasks = new Map<string, Task>();
  const tried = new Set<string>();
  for (const { task: name, length, algorithm, recipe } of jobs) {
    const place = `${name} ${length} ${algorithm}`;
    if (tried.has(place)) continue;
    tried.add(place);
    try {
      const key = JSON.stringify(recipe.task);
      const task = tasks.get(key) ?? openTask(recipe.task, null);
      tasks.set(key, task);
      const seed = keyFromSeed(recipe.seed);
      const { worlds } = prepareRecurrent(recipe, null, seed, task);
      for (const world of new Set([worlds.training, worlds.heldOut])) drawTokens(world, seed, 0);
    } catch (error) {
      throw inContext(place, error);
    }
  }
}
