// Any model on any data by any algorithm that takes it: trained through the command line, and read by what its folder says.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { initParams, keyFromSeed } from '../../src/core/index.ts';
import { createModel, describeModel, MODELS, namedTensors } from '../../src/nn/index.ts';
import { saveModel } from '../../src/run/index.ts';
import { createByteTokenizer } from '../../src/text/index.ts';
import { runInProcess, withFolder, writeStory } from './command-line.ts';
import { expectNotInPage } from './page-text.ts';
import { withoutScripts } from './self-contained.ts';
import { STAGE, TINY_RECURRENT } from './tiny-recurrent.ts';

type TextKind = 'gru' | 'lstm' | 'recurrent-mlp' | 'recurrent-transformer';

const SIZES = { vocabSize: 257, contextLength: 24 };

/** Saves a new model of text in `folder`, under the name of its kind. */
export function saveText(folder: string, kind: TextKind): string {
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

/** Evaluates and samples from new models of these kinds. */
export function testEvalAndSample(kinds: readonly TextKind[]): void {
  test.each(kinds)('eval and sample take a %s', async (kind) => {
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
      expect(refused.stderr).toContain('"b" is not a token id');
      const none = await runInProcess(['eval', kind, '--text', 'text.txt'], { cwd: folder });
      expect(none.stderr).toContain('has no tokenizer.json');
    });
  });
}

const LLAMA = { kind: 'llama', hiddenSize: 16, layers: 1, heads: 2 };
const GRU = { kind: 'gru', hiddenSize: 8, memoryTokens: 2, decoderLayers: 1 };
const COPY = { kind: 'copy', symbols: 3 };
const BPE = {
  kind: 'text',
  corpus: { files: ['story.txt'] },
  evaluationTokens: 96,
  tokenizer: { kind: 'bpe', vocabSize: 280 },
};
const { smt, dmt } = TINY_RECURRENT.stages;
/** A stage of next-token training. */
export const NEXT_TOKEN = { ...STAGE, algorithm: { kind: 'next-token' } };
const STREAM = { ...BPE, order: 'stream' };
const truncated = { ...STAGE, algorithm: { kind: 'next-token', truncate: 5 } };

/** A model, data, and stages, by name. */
const RECIPES = {
  'llama on copy, by next-token': [LLAMA, COPY, { next: NEXT_TOKEN }],
  'llama on BPE text, by next-token': [LLAMA, BPE, { next: NEXT_TOKEN }],
  'a GRU on copy, by SMT and DMT': [GRU, COPY, { smt, dmt }],
  'a GRU on BPE text, through time': [GRU, BPE, { next: NEXT_TOKEN }],
  'a GRU on BPE text that goes on, through 5 steps': [GRU, STREAM, { truncated }],
  'a GRU on BPE text, by SMT and DMT': [GRU, BPE, { smt, dmt }],
} as const;

/** Trains the recipes of these names, and reads what they leave. */
export function testRecipes(names: readonly (keyof typeof RECIPES)[]): void {
  test.each(names)('%s', async (name) => {
    const [model, data, stages] = RECIPES[name];
    await withFolder(async (folder) => {
      writeStory(path.join(folder, 'story.txt'), 60);
      const { description: _, ...base } = TINY_RECURRENT;
      const recipe = { ...base, model, data, stages, rollout: { sequences: 4 } };
      writeFileSync(path.join(folder, 'tiny.json'), JSON.stringify(recipe));
      const run = (...args: string[]) => runInProcess(args, { cwd: folder });
      expect(await run('train', 'tiny.json', '--out', 'run')).toMatchObject({
        code: 0,
        stderr: '',
      });
      const summary = JSON.parse(readFileSync(path.join(folder, 'run/summary.json'), 'utf8'));
      const isText = data.kind === 'text';
      expect(summary.stages.map(({ name }: { name: string }) => name)).toEqual(Object.keys(stages));
      for (const { loss, bitsPerByte, parameters, curve } of summary.stages) {
        expect(loss).toBeGreaterThan(0);
        expect(bitsPerByte === null).toBe(!isText);
        expect(parameters).toBeGreaterThan(0);
        expect(curve.map(({ step }: { step: number }) => step)).toEqual([0, 6, 12]);
      }
      // Sequences that are drawn are measured along their whole length, beside n-grams.
      expect(summary.rollout === null).toBe(isText);
      expect(summary.baselines === null).toBe(isText);
      const sampled = await run('sample', 'run', '--tokens', '8', '--json');
      expect(sampled).toMatchObject({ code: 0, stderr: '' });
      expect(JSON.parse(sampled.stdout).items[0].tokens).toHaveLength(8);
      const evaluated = await run('eval', 'run', '--text', 'story.txt', '--json');
      expect(evaluated.code).toBe(isText ? 0 : 1);
      if (!isText)
        expect(evaluated.stderr).toContain('has no tokenizer.json: it is not a text model');
      const page = readFileSync(path.join(folder, 'run/report.html'), 'utf8');
      expectNotInPage(withoutScripts(page), 'NaN');
    });
  });
}
