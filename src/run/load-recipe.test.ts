import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deriveLlamaConfig } from '../nn/index.ts';
import { applySetting, listRecipes, loadRecipe, loadStudy, mergeOverlays } from './load-recipe.ts';
import type { Recipe } from './recipe.ts';
import { listSources, openShippedSource } from './shipped-source.ts';
import { createSourceWorld } from './source-stage.ts';
import { planStudy } from './study/plan-study.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-recipes-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: unknown): string {
  const file = path.join(folder, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

test('the quickstart trains a model of the size of its shipped source, in the same world', async () => {
  const { model, source } = await loadRecipe('quickstart');
  const shipped = openShippedSource('nca-dynamics').recipe;
  expect(shipped.model).toEqual(model);
  expect(shipped.source.world).toEqual(source!.world);
  expect(shipped.source.contextLength).toBe(source!.contextLength);
});

test('a shipped source can be trained again: the recipe of its name is the one that it came from', async () => {
  for (const name of listSources()) {
    const shipped = openShippedSource(name).recipe;
    const { model, source, seed } = await loadRecipe(name);
    expect({ model, source, seed }).toEqual({
      model: shipped.model,
      source: shipped.source,
      seed: shipped.seed,
    });
  }
});

describe('a recipe file', () => {
  test('may be .json, .js or .mjs, and takes its name from the file', async () => {
    const module = 'export default { description: "made by code", text: { steps: 3 * 4 } };';
    for (const [file, content] of [
      ['one.json', { description: 'made by code', text: { steps: 12 } }],
      ['two.mjs', module],
      ['three.js', module],
    ] as const) {
      const recipe = await loadRecipe(write(file, content));
      expect(recipe.name).toBe(path.parse(file).name);
      expect(recipe.text?.steps).toBe(12);
      expect(recipe.description).toBe('made by code');
    }
    expect((await loadRecipe(write('four.json', { name: 'own', text: {} }))).name).toBe('own');
  });

  test('extends others beside it, or shipped ones, and names only what differs', async () => {
    write('base.mjs', 'export default { text: { steps: 7, batchSize: 3 }, seed: 5 };');
    write('middle.json', { extends: './base.mjs', text: { steps: 8 } });
    const top = write('top.json', { extends: 'middle.json', text: { contextLength: 64 } });
    const recipe = await loadRecipe(top);
    expect(recipe).toMatchObject({ name: 'top', seed: 5 });
    expect(recipe.text).toMatchObject({ steps: 8, batchSize: 3, contextLength: 64 });

    const shipped = await loadRecipe(write('mine.json', { extends: 'nca-tiny', seed: 9 }));
    expect(shipped).toEqual({ ...(await loadRecipe('nca-tiny')), name: 'mine', seed: 9 });
  });

  test('that extends itself is told the way round', async () => {
    write('left.json', { extends: 'right.json' });
    const right = write('right.json', { extends: 'left.json' });
    await expect(loadRecipe(right)).rejects.toThrow(
      /extends itself \(.*right\.json → .*left\.json → .*right\.json\)/,
    );
    await expect(loadRecipe(write('self.json', { extends: 'self.json' }))).rejects.toThrow(
      'extends itself',
    );
  });

  test.each<[string, string, RegExp]>([
    ['cut.json', '{"text": {', /cut\.json cannot be read as a recipe: .*JSON/],
    ['list.json', '[]', /list\.json holds no recipe/],
    ['code.js', 'export default {', /code\.js cannot be read as a recipe/],
    ['named.js', 'export const recipe = {};', /named\.js holds no recipe/],
    ['throws.mjs', 'throw new Error("no luck")', /throws\.mjs cannot be read as a recipe: no luck/],
    ['up.json', '{"extends": 3}', /'extends' must name a recipe/],
    ['off.json', '{"extends": "gone.json"}', /no recipe file .*gone\.json/],
    ['far.json', '{"extends": "nca-tinny"}', /no recipe is called 'nca-tinny'/],
    ['key.json', '{"txet": {}}', /key\.json: unknown key 'txet'/],
  ])('that is broken is named: %s', async (name, content, message) => {
    await expect(loadRecipe(write(name, content))).rejects.toThrow(message);
  });

  test('that is missing, and a name like no other, say what there is', async () => {
    const gone = path.join(folder, 'gone.json');
    await expect(loadRecipe(gone)).rejects.toMatchObject({
      message: `no recipe file ${gone}`,
      hint: expect.stringContaining('nca-tiny'),
    });
    await expect(loadRecipe('quikstart')).rejects.toMatchObject({
      hint: "did you mean 'quickstart'?",
    });
    await expect(loadRecipe('../quickstart')).rejects.toThrow('no recipe is called');
    await expect(loadRecipe('zzzzzzzzzz')).rejects.toMatchObject({
      hint: expect.stringMatching(/^there are: .*nca-tiny/),
    });
  });
});

describe('--set', () => {
  test.each<[string, unknown]>([
    ['text.steps=500', { text: { steps: 500 } }],
    ['text.optimizer.learningRate=3e-3', { text: { optimizer: { learningRate: 0.003 } } }],
    ['name=my-run', { name: 'my-run' }],
    ['description=a = b', { description: 'a = b' }],
    ['description=', { description: '' }],
    ['name="7"', { name: '7' }],
    ['model.tieEmbeddings=true', { model: { tieEmbeddings: true } }],
    ['engine.threads=null', { engine: { threads: null } }],
    ['text.corpus.files=["a.txt","b.txt"]', { text: { corpus: { files: ['a.txt', 'b.txt'] } } }],
    ['transfer.keep={"modules":["key"]}', { transfer: { keep: { modules: ['key'] } } }],
  ])('%s', (setting, expected) => {
    expect(applySetting({}, setting)).toEqual(expected);
  });

  test('changes one entry, and leaves the given recipe as it was', () => {
    const recipe = { text: { steps: 1, batchSize: 2 } };
    expect(applySetting(recipe, 'text.steps=5')).toEqual({ text: { steps: 5, batchSize: 2 } });
    expect(recipe).toEqual({ text: { steps: 1, batchSize: 2 } });
  });

  test.each(['text.steps', '=5', ''])('%j is not key=value', (setting) => {
    expect(() => applySetting({}, setting)).toThrow('this is not key=value');
  });

  test('of a kind and its keys may come in any order', async () => {
    const file = write('order.json', { text: {} });
    const settings = ['text.tokenizer.kind=bpe', 'text.tokenizer.vocabSize=300'];
    const expected = { kind: 'bpe', vocabSize: 300 };
    expect((await loadRecipe(file, settings)).text!.tokenizer).toEqual(expected);
    expect((await loadRecipe(file, settings.reverse())).text!.tokenizer).toEqual(expected);
  });

  test('later ones win, and unknown or wrong ones are refused by name', async () => {
    const last = await loadRecipe('nca-tiny', ['text.steps=1', 'text.steps=2']);
    expect(last.text?.steps).toBe(2);
    await expect(loadRecipe('nca-tiny', ['text.stepz=1'])).rejects.toMatchObject({
      message: "nca-tiny: unknown key 'stepz' in text",
      hint: "did you mean 'steps'?",
    });
    await expect(loadRecipe('nca-tiny', ['text.steps=lots'])).rejects.toThrow('text.steps');
    await expect(loadRecipe('nca-tiny', ['seed.x=1'])).rejects.toThrow('seed');
    await expect(loadRecipe('nca-tiny', ['text..steps=1'])).rejects.toThrow("unknown key ''");
  });
});

test('overlays merge where they are of one kind, and replace where they are not', () => {
  const below = { a: { kind: 'x', one: 1 }, list: [1, 2], b: { c: { d: 1 } } };
  expect(mergeOverlays(below, { a: { two: 2 } }).a).toEqual({ kind: 'x', one: 1, two: 2 });
  expect(mergeOverlays(below, { a: { kind: 'y' } }).a).toEqual({ kind: 'y' });
  expect(mergeOverlays(below, { list: [3] }).list).toEqual([3]);
  expect(mergeOverlays(below, { b: { c: { e: 2 } } }).b).toEqual({ c: { d: 1, e: 2 } });
  expect(mergeOverlays(below, { b: null }).b).toBeNull();
});

describe('shipped recipes', () => {
  const loadAny = async (name: string): Promise<Recipe[]> => {
    if (await isRecipe(name)) return [await loadRecipe(name)];
    const study = await loadStudy(name);
    expect(study.name).toBe(name);
    expect(study.description).not.toBe('');
    return planStudy(study, 'runs/x').map(({ recipe }) => recipe);
  };
  const isRecipe = (name: string) =>
    loadRecipe(name).then(
      () => true,
      (error: Error) => !error.message.includes('is a study'),
    );

  // Arms races and recurrent networks have schemas and tests of their own.
  const own = listRecipes().filter((name) => !/^(drq|smt|bptt)-/.test(name));
  test.each(own)('%s can be run', async (name) => {
    const recipes = await loadAny(name);
    if (recipes.length === 1) expect(recipes[0]!.name).toBe(name);
    for (const { source, text, model, description } of recipes) {
      expect(description).not.toBe('');
      if (source) {
        const { vocabSize } = createSourceWorld(source);
        const { contextLength } = source;
        expect(deriveLlamaConfig(model, { vocabSize, contextLength }).layers).toBeGreaterThan(0);
      }
      if (text) {
        const sizes = { vocabSize: 257, contextLength: text.contextLength };
        expect(deriveLlamaConfig(model, sizes).hiddenSize).toBeGreaterThan(0);
      }
    }
  });
});
