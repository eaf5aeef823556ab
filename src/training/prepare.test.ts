// What is refused before a run's first step, and that a trial writes nothing.

import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prepare, tryTraining } from './prepare.ts';
import { parseRecipe } from './recipe.ts';
import { REGISTRIES } from './registries.ts';
import { startTraining } from './train.ts';

let folder: string;
const at = (...parts: string[]) => path.join(folder, ...parts);
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-prepare-'));
  const lines = Array.from({ length: 30 }, (_, i) => ({ text: `Story ${i}. `.repeat(9) }));
  writeFileSync(at('story.jsonl'), lines.map((line) => JSON.stringify(line)).join('\n'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LLAMA = { hiddenSize: 16, layers: 1, heads: 2 };
const GRU = { kind: 'gru', hiddenSize: 8, memoryTokens: 2 };
const recipeOf = (stages: object, others: object = {}) =>
  parseRecipe(
    { name: 'x', model: GRU, data: { kind: 'copy' }, contextLength: 12, ...others, stages },
    'x.json',
    REGISTRIES,
  );
const SMT = { algorithm: { kind: 'smt', encoderLayers: 1 } };
const DMT = { algorithm: { kind: 'dmt', every: 4 } };

describe('a run is refused', () => {
  const text = { data: { kind: 'text', corpus: { files: ['story.jsonl'] } } };
  test.each<[string, object, object, string | RegExp]>([
    ['for DMT after nothing', { dmt: DMT }, {}, "dmt needs the artifact 'teacher' of a stage"],
    [
      'for DMT after what left no teacher',
      { bptt: {}, dmt: { ...DMT, start: { keep: 'all' } } },
      {},
      "stages.dmt.start: dmt needs the artifact 'teacher'",
    ],
    [
      'for DMT from scratch after SMT',
      { smt: SMT, dmt: { ...DMT, start: null } },
      {},
      "stages.dmt.start: dmt needs the artifact 'teacher'",
    ],
    [
      'for SMT after what left no teacher',
      { bptt: {}, smt: { ...SMT, start: { keep: 'body' } } },
      {},
      "stages.smt.start: smt needs the artifact 'teacher'",
    ],
    ['for SMT of an attention', { smt: SMT }, { model: LLAMA }, /^stages\.smt: .*smt/i],
    [
      'for parts that a batch does not divide into',
      { a: {} },
      { batchSize: 6, accumulate: 4 },
      'stages.a: batchSize 6 does not divide into 4 parts',
    ],
    ['for sequences that a task does not have', { a: {} }, { contextLength: 9 }, 'is 10'],
    [
      'for a rollout that a task does not have',
      { a: {} },
      { rollout: { length: 9 } },
      'sequenceLength is 10',
    ],
    [
      'for a rollout beyond the context',
      { a: {} },
      { model: LLAMA, rollout: { length: 14 } },
      'rollout.length is 14, and the model reads 12 tokens at most',
    ],
    [
      'for a rollout of what is not drawn',
      { a: text },
      { rollout: { length: 14 } },
      'rollout.length has no effect if sequences are not generated',
    ],
    [
      'for a start that is nowhere',
      { a: { start: { from: './gone' } } },
      {},
      'stages.a.start: there is no folder ./gone',
    ],
    [
      'for a start of no name',
      { a: { start: { from: 'nca-dynamic' } } },
      {},
      "stages.a.start: 'nca-dynamic' is not an earlier stage, a folder or a shipped source",
    ],
    [
      'for a shipped source of another kind',
      { a: { start: { from: 'nca-dynamics' } } },
      {},
      /^stages\.a\.start: /,
    ],
    [
      'for layers that there are not',
      { a: {}, b: { start: { keep: { modules: ['mlp'], layers: [3, 4] } } } },
      { model: LLAMA },
      /^stages\.b\.start: .*layer/,
    ],
    [
      'for a file that is not there',
      { a: { data: { kind: 'images' } } },
      {},
      'data.file is missing',
    ],
  ])('%s, alike when tried and when begun', async (_, stages, others, message) => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      const recipe = recipeOf(stages, others);
      const listed = readdirSync(folder);
      await expect(tryTraining(recipe, { registries: REGISTRIES })).rejects.toThrow(message);
      const options = { directory: at('run'), registries: REGISTRIES };
      await expect(startTraining(recipe, options)).rejects.toThrow(message);
      expect(readdirSync(folder)).toEqual(listed);
    } finally {
      process.chdir(before);
    }
  });
});

test('a trial of a recipe that holds writes nothing', async () => {
  const before = process.cwd();
  process.chdir(folder);
  try {
    const data = { kind: 'characters', files: ['story.jsonl'] };
    const start = { keep: 'all' };
    const stages = {
      smt: SMT,
      dmt: { ...DMT, start },
      text: { data: { kind: 'text', corpus: { files: ['story.jsonl'] } }, contextLength: 8 },
    };
    await tryTraining(recipeOf(stages, { data }), { registries: REGISTRIES });
    expect(readdirSync(folder)).toEqual(['story.jsonl']);
  } finally {
    process.chdir(before);
  }
});

test('stages go on in the data of the run where the one before ended, and have streams of their own in their own', async () => {
  const own = { data: { kind: 'parity' } };
  const stages = { a: { steps: 3 }, b: own, c: { steps: 2 }, d: { ...own, stream: 'b' }, e: own };
  const { stages: prepared, close } = await prepare(recipeOf(stages), {
    registries: REGISTRIES,
    directory: at('none'),
  });
  expect(prepared.map(({ firstBatch }) => firstBatch)).toEqual([0, 0, 3, 0, 0]);
  const [a, b, c, d, e] = await Promise.all(prepared.map(({ data }) => data.batch(0)));
  expect(c).toEqual(a);
  expect(d).toEqual(b);
  expect(e).not.toEqual(b);
  expect(existsSync(at('none'))).toBe(false);
  await close();
});

test('the gate counts the sequences of all stages that went through the same data', async () => {
  const data = { kind: 'nca', colors: 2, grid: 4, patch: 2, band: { kind: 'none' } };
  const stages = { a: { steps: 3, batchSize: 4 }, own: { data, steps: 2 }, b: { steps: 5 } };
  const recipe = recipeOf(stages, { data, contextLength: 17, batchSize: 8, heldOutSequences: 8 });
  const { stages: prepared, close } = await prepare(recipe, {
    registries: REGISTRIES,
    directory: null,
  });
  // Batches of 8 begin with the second one after 12 sequences.
  expect(prepared.map(({ data: { gate } }) => gate!.trainedSequences)).toEqual([12, 16, 56]);
  await close();
});
