// Any model on any data by any algorithm that takes it; test/full/any-model.test.ts has further kinds and recipes.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { NEXT_TOKEN, saveText, testEvalAndSample, testRecipes } from '../support/any-model.ts';
import { runInProcess, withFolder, writeStory } from '../support/command-line.ts';
import { TINY_RECURRENT } from '../support/tiny-recurrent.ts';

testEvalAndSample(['lstm', 'recurrent-transformer']);

test('a model of a kind that nobody knows is refused by its name', async () => {
  await withFolder(async (folder) => {
    const file = path.join(saveText(folder, 'lstm'), 'config.json');
    rmSync(path.join(folder, 'lstm', 'checkpoint.json'));
    writeFileSync(file, readFileSync(file, 'utf8').replace('primordia-lstm', 'primordia-mingru'));
    const refused = await runInProcess(['sample', 'lstm', '--prompt', 'x'], { cwd: folder });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('config.json: the model is of kind "mingru"');
    expect(refused.stderr).toContain('load the plugin that defines this kind');
  });
});

testRecipes([
  'llama on copy, by next-token',
  'llama on BPE text, by next-token',
  'a GRU on BPE text that goes on, through 5 steps',
  'a GRU on BPE text, by SMT and DMT',
]);

test('a model of characters is not evaluated on documents, and says why', async () => {
  await withFolder(async (folder) => {
    writeStory(path.join(folder, 'story.txt'), 6);
    const recipe = { ...TINY_RECURRENT, stages: { next: { ...NEXT_TOKEN, steps: 1 } } };
    writeFileSync(path.join(folder, 'tiny.json'), JSON.stringify(recipe));
    const run = (...args: string[]) => runInProcess(args, { cwd: folder });
    expect((await run('train', 'tiny.json', '--out', 'run')).code).toBe(0);
    const { code, stderr } = await run('eval', 'run', '--text', 'story.txt');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: .* is a model of characters: .*\n$/);
  });
});
