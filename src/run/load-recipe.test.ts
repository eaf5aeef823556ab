import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  applySetting,
  listRecipes,
  loadOverlay,
  mergeOverlays,
  requireRecipeKind,
  resolveBase,
} from './load-recipe.ts';

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

const load = (nameOrFile: string, settings: string[] = []) => loadOverlay(nameOrFile, settings);

describe('a recipe file', () => {
  test('may be .json, .js or .mjs, and takes its name from the file', async () => {
    const module =
      'export default { description: "made by code", stages: { a: { steps: 3 * 4 } } };';
    for (const [file, content] of [
      ['one.json', { description: 'made by code', stages: { a: { steps: 12 } } }],
      ['two.mjs', module],
      ['three.js', module],
    ] as const) {
      const recipe = await load(write(file, content));
      expect(recipe).toEqual({
        name: path.parse(file).name,
        description: 'made by code',
        stages: { a: { steps: 12 } },
      });
    }
    expect((await load(write('four.json', { name: 'own' }))).name).toBe('own');
  });

  test('extends others beside it, or shipped ones, and names only what differs', async () => {
    write('base.mjs', 'export default { text: { steps: 7, batchSize: 3 }, seed: 5 };');
    write('middle.json', { extends: './base.mjs', text: { steps: 8 } });
    const top = write('top.json', { extends: 'middle.json', text: { contextLength: 64 } });
    const recipe = await load(top);
    expect(recipe).toEqual({
      name: 'top',
      seed: 5,
      text: { steps: 8, batchSize: 3, contextLength: 64 },
    });

    const shipped = await load(write('mine.json', { extends: 'nca-tiny', seed: 9 }));
    expect(shipped).toEqual({ ...(await load('nca-tiny')), name: 'mine', seed: 9 });
  });

  test('that extends itself is told the way round', async () => {
    write('left.json', { extends: 'right.json' });
    const right = write('right.json', { extends: 'left.json' });
    await expect(load(right)).rejects.toThrow(
      /extends itself \(.*right\.json → .*left\.json → .*right\.json\)/,
    );
    await expect(load(write('self.json', { extends: 'self.json' }))).rejects.toThrow(
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
  ])('that is broken is named: %s', async (name, content, message) => {
    await expect(load(write(name, content))).rejects.toThrow(message);
  });

  test('that is missing, and a name like no other, say what there is', async () => {
    const gone = path.join(folder, 'gone.json');
    await expect(load(gone)).rejects.toMatchObject({
      message: `no recipe file ${gone}`,
      hint: expect.stringContaining('nca-tiny'),
    });
    await expect(load('quikstart')).rejects.toMatchObject({
      hint: "did you mean 'quickstart'?",
    });
    await expect(load('../quickstart')).rejects.toThrow('no recipe is called');
    await expect(load('zzzzzzzzzz')).rejects.toMatchObject({
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
    expect(await load(file, settings)).toMatchObject({ text: { tokenizer: expected } });
    expect(await load(file, settings.reverse())).toMatchObject({ text: { tokenizer: expected } });
  });

  test('later ones win', async () => {
    const last = await load('nca-tiny', ['stages.text.steps=1', 'stages.text.steps=2']);
    expect(last).toMatchObject({ stages: { text: { steps: 2 } } });
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

test('a base of a study takes what it extends, but for what the study decides', async () => {
  write('low.json', { seed: 4, model: { layers: 2 }, stages: { text: { steps: 3 } } });
  const study = write('study.json', {});
  const base = { extends: 'low.json', model: { heads: 2 } };
  expect(await resolveBase({ axes: {}, base }, study, ['name', 'seed'])).toEqual({
    axes: {},
    base: { model: { layers: 2, heads: 2 }, stages: { text: { steps: 3 } } },
  });
  expect(await resolveBase({ base: { model: {} } }, study, [])).toEqual({ base: { model: {} } });
});

test('a recipe of another kind names the command for it', () => {
  const ask = (kind: unknown) => () => requireRecipeKind({ kind }, 'my', 'training');
  expect(ask(undefined)).not.toThrow();
  expect(ask('training')).not.toThrow();
  expect(ask('study')).toThrow(
    expect.objectContaining({
      message: 'my is a study of several runs, not a training run',
      hint: 'primordia study my',
    }),
  );
  expect(ask('redqueen')).toThrow(expect.objectContaining({ hint: 'primordia drq my' }));
  expect(ask('studdy')).toThrow(expect.objectContaining({ hint: "did you mean 'study'?" }));
});

test('recipes that come with the package are listed by name', () => {
  expect(listRecipes()).toEqual(
    expect.arrayContaining(['nca-tiny', 'smt-tiny', 'bptt-tiny', 'quickstart', 'drq-tiny']),
  );
});
