// The command line with models of other kinds than Llama, by what their folders say.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { initParams, keyFromSeed } from '../../src/core/index.ts';
import { createModel, describeModel, MODELS, namedTensors } from '../../src/nn/index.ts';
import { saveModel } from '../../src/run/index.ts';
import { createByteTokenizer } from '../../src/text/index.ts';
import { runInProcess, withFolder } from '../support/command-line.ts';

const KINDS = ['gru', 'lstm', 'recurrent-mlp', 'recurrent-transformer'] as const;
const SIZES = { vocabSize: 257, contextLength: 24 };

function saveText(folder: string, kind: (typeof KINDS)[number]): string {
  const model = describeModel(MODELS, kind, { hiddenSize: 8, memoryTokens: 2, heads: 2 }, SIZES);
  const { params } = createModel(MODELS, kind, model.options, SIZES);
  const directory = path.join(folder, kind);
  saveModel(directory, MODELS, {
    model,
    params: namedTensors(initParams(params, keyFromSeed(1))),
    tokenizer: createByteTokenizer(),
  });
  return directory;
}

test.each(KINDS)('eval and sample take a %s', async (kind) => {
  await withFolder(async (folder) => {
    saveText(folder, kind);
    writeFileSync(
      path.join(folder, 'text.txt'),
      'a text of more than one window, and of one batch',
    );
    const evaluated = await runInProcess(['eval', kind, '--text', 'text.txt', '--json'], {
      cwd: folder,
    });
    expect(evaluated.code).toBe(0);
    const found = JSON.parse(evaluated.stdout.trim().split('\n').at(-1)!);
    expect(found).toMatchObject({ model: kind, contextLength: 24, tokens: 48, bytes: 48 });
    // A new network knows nothing: all bytes are about as probable.
    expect(found.bitsPerByte).toBeGreaterThan(7);
    expect(found.bitsPerByte).toBeLessThan(10);
    const sample = ['sample', kind, '--prompt', 'ab', '--tokens', '40', '--json'];
    const [first, second] = [
      await runInProcess(sample, { cwd: folder }),
      await runInProcess(sample, { cwd: folder }),
    ];
    expect(JSON.parse(first!.stdout).tokens).toHaveLength(40);
    expect(second!.stdout).toBe(first!.stdout);
    // Without a tokenizer, tokens are ids.
    rmSync(path.join(folder, kind, 'tokenizer.json'));
    const ids = await runInProcess(['sample', kind, '--prompt', '97 98', '--tokens', '40'], {
      cwd: folder,
    });
    expect(ids.stdout).toBe(`97 98 ${JSON.parse(first!.stdout).tokens.join(' ')}\n`);
    const refused = await runInProcess(['sample', kind, '--prompt', '97 b'], { cwd: folder });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('"b" is no token id');
    const none = await runInProcess(['eval', kind, '--text', 'text.txt'], { cwd: folder });
    expect(none.stderr).toContain('has no tokenizer.json');
  });
});

test('a model of a kind that nobody knows is refused by its name', async () => {
  await withFolder(async (folder) => {
    const file = path.join(saveText(folder, 'gru'), 'config.json');
    rmSync(path.join(folder, 'gru', 'checkpoint.json'));
    writeFileSync(file, readFileSync(file, 'utf8').replace('primordia-gru', 'primordia-mingru'));
    const refused = await runInProcess(['sample', 'gru', '--prompt', 'x'], { cwd: folder });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('config.json: the model is of kind "mingru"');
    expect(refused.stderr).toContain('load the plug-in that defines this kind');
  });
});
