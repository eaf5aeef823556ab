// The recipes that help, README and reference pages name can begin; test/full/command-examples.test.ts types what they show.

import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadRedQueenRecipe } from '../../src/redqueen/load-recipe.ts';
import { loadStudy } from '../../src/study/index.ts';
import { listAllRuns, readStudyState } from '../../src/study/study-state.ts';
import { tryRuns } from '../../src/study/try-runs.ts';
import { createTraining, loadTraining, REGISTRIES } from '../../src/training/index.ts';
import {
  helpExamples,
  manualCommands,
  NOT_RUN,
  prepareProject,
} from '../support/command-examples.ts';
import { withFolder } from '../support/command-line.ts';

test('recipes and studies of all examples can begin', async () => {
  const lines = [...(await helpExamples()), ...manualCommands('text')];
  expect(Object.keys(NOT_RUN).filter((line) => !lines.includes(line))).toEqual([]);
  await withFolder(async (folder) => {
    prepareProject(folder);
    // Files that recipes name are found from where a command runs.
    const before = process.cwd();
    process.chdir(folder);
    onTestFinished(() => process.chdir(before));
    for (const line of [
      ...lines,
      'train my-tokens.js',
      'train my-memory.js',
      'study my-cells.js',
      'study smt-vs-bptt',
    ]) {
      const [command, name = ''] = line.split(' ');
      const file = name.endsWith('.js') ? path.join(folder, name) : name;
      if (command === 'train') await tryRecipe(file);
      if (command === 'study' && name !== 'job') await tryStudy(file, folder);
      if (command === 'drq' && name.startsWith('drq-')) await loadRedQueenRecipe(name);
    }
  });
});

const experiment = createTraining(REGISTRIES);

async function tryRecipe(file: string): Promise<void> {
  await experiment.attempt(await loadTraining(file, [], REGISTRIES), {});
}

async function tryStudy(file: string, folder: string): Promise<void> {
  const study = await loadStudy(file, []);
  const directory = path.join(folder, 'nowhere');
  const state = readStudyState(study, experiment, directory);
  const runs = [...state.tuning, ...listAllRuns(study, experiment, state.tuned)];
  expect(runs.length).toBeGreaterThan(0);
  await tryRuns(runs, experiment, directory);
}
