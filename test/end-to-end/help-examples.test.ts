// What the help of each command shows to be typed, is typed here; what trains for long is planned here, and run in
// test/full/command-examples.test.ts.

import path from 'node:path';
import { expect, test } from 'vitest';
import { loadRecurrentRecipe, loadRecurrentStudy, planRuns } from '../../src/recurrent/index.ts';
import { tryRuns } from '../../src/recurrent/study/try-runs.ts';
import { loadRedQueenRecipe } from '../../src/redqueen/load-recipe.ts';
import { loadRecipe, loadStudy } from '../../src/run/load-recipe.ts';
import { trySource } from '../../src/run/source-stage.ts';
import { planStudy } from '../../src/run/study/plan-study.ts';
import { tryJobs } from '../../src/run/study/try-jobs.ts';
import {
  helpExamples,
  isRunAtOnce,
  NOT_RUN,
  prepareProject,
  readmeCommands,
  runExample,
} from '../support/command-examples.ts';
import { withFolder } from '../support/command-line.ts';

test('examples of help that take moments work', async () => {
  const lines = (await helpExamples()).filter((line) => isRunAtOnce(line) && !(line in NOT_RUN));
  expect(lines.length).toBeGreaterThanOrEqual(35);
  await withFolder(async (folder) => {
    prepareProject(folder);
    for (const line of lines) {
      const { code, stderr } = await runExample(line, folder);
      expect(code, `${line}: ${stderr}`).toBe(0);
    }
  });
});

test('recipes and studies of all examples can begin', async () => {
  const lines = [...(await helpExamples()), ...readmeCommands('text')];
  expect(Object.keys(NOT_RUN).filter((line) => !lines.includes(line))).toEqual([]);
  await withFolder(async (folder) => {
    prepareProject(folder);
    for (const line of [
      ...lines,
      'train my-tokens.js',
      'train my-memory.js',
      'study my-cells.js',
    ]) {
      const [command, name = ''] = line.split(' ');
      const file = name.endsWith('.js') ? path.join(folder, name) : name;
      if (command === 'train') await tryRecipe(file, folder);
      if (command === 'study') await tryStudy(file, folder);
      if (command === 'drq' && name.startsWith('drq-')) await loadRedQueenRecipe(name);
    }
  });
});

async function tryRecipe(file: string, folder: string): Promise<void> {
  const recurrent = await loadRecurrentRecipe(file);
  if (recurrent) return;
  const { source, model } = await loadRecipe(file);
  if (source === undefined) return;
  const { world } = source;
  const files = world.kind === 'dataset' ? world.files : undefined;
  const moved = files && {
    world: { ...world, files: files.map((name) => path.join(folder, name)) },
  };
  await trySource({ ...source, ...moved }, model);
}

async function tryStudy(file: string, folder: string): Promise<void> {
  const recurrent = await loadRecurrentStudy(file);
  if (recurrent) tryRuns(planRuns(recurrent, () => null));
  else await tryJobs(planStudy(await loadStudy(file), folder));
}
