// Every key that a recipe may have changes something that can be observed: the programs that are compiled, what they are
// run on, what lies on the disk. A key without an entry here, or without an effect, fails.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { initParams, keyFromSeed, UserError } from '../../src/core/index.ts';
import { createModel, describeModel, MODELS, namedTensors } from '../../src/nn/index.ts';
import { defineOptimizer } from '../../src/optim/index.ts';
import { buildTrainingPage, collectTrainingReport, renderReport } from '../../src/report/index.ts';
import type { RunEvent } from '../../src/run/events.ts';
import { mergeOverlays } from '../../src/run/load-recipe.ts';
import { saveModel } from '../../src/run/model-files.ts';
import { createBpeTokenizer, createByteTokenizer, trainBpe } from '../../src/text/index.ts';
import {
  parseRecipe,
  REGISTRIES,
  recipeJsonSchema,
  startTraining,
} from '../../src/training/index.ts';
import { writeStory, writeStoryRecords } from '../support/command-line.ts';
import { makeSmallDataset } from '../support/datasets.ts';
import { nest, type Overlay, rememberTraces, traceChange } from '../support/recipe-changes.ts';
import { BASE_RECIPE, KEY_CHANGES, taught } from '../support/recipe-key-changes.ts';
import { listLeaves } from '../support/recipe-leaves.ts';
import { SMALL_NCA } from '../support/world-changes.ts';

/** What the run under way has done, one entry an act. */
const seen = vi.hoisted(() => ({ acts: [] as (readonly unknown[])[] }));

// Neither the disk's caches nor the commit matter here, and both take time.
vi.mock('node:fs', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  fsyncSync: () => {},
}));
vi.mock('../../src/run/provenance.ts', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  collectProvenance: () => ({}),
  readProvenance: () => ({}),
  recordData: () => {},
  recordDevice: () => null,
}));
vi.mock('../../src/tensor/index.ts', async (importOriginal) => {
  const { openRecordingDevice } = await import('../support/recording-device.ts');
  return {
    ...(await importOriginal<object>()),
    // Losses of 100 are more than any predictor's: the model has learned nothing.
    openDevice: (options: object) =>
      openRecordingDevice(options, (act) => seen.acts.push(act), 100),
  };
});

const home = process.cwd();
let folder: string;
const at = (file: string) => path.join(folder, file);
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-keys-'));
  writeStory(at('story.txt'), 150);
  writeStory(at('other.txt'), 140);
  const story = readFileSync(at('story.txt'), 'utf8');
  writeStoryRecords(at('story'), story);
  writeFileSync(at('byte.json'), JSON.stringify(createByteTokenizer().toJson()));
  const bpe = createBpeTokenizer(trainBpe([story], { vocabSize: 265 }));
  writeFileSync(at('bpe.json'), JSON.stringify(bpe.toJson()));
  await makeSmallDataset(at('data'));
  const ids = (first: number) => Uint8Array.from({ length: 900 }, (_, i) => (first + i * i) % 250);
  writeFileSync(at('a.bin'), ids(0));
  writeFileSync(at('b.bin'), ids(1));
  const rows = Array.from({ length: 30 }, (_, i) => {
    const tokens = [...ids(7 * i).subarray(0, 30)];
    return JSON.stringify({ tokens, other: tokens.toReversed() });
  });
  writeFileSync(at('fields.jsonl'), rows.join('\n'));
  writeImages(at('images'));
  writeModel(at('model'));
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

/** Ten images of 4 by 4 pixels. */
function writeImages(file: string): void {
  const header = [0, 0, 8, 3, 0, 0, 0, 10, 0, 0, 0, 4, 0, 0, 0, 4];
  const pixels = Array.from({ length: 160 }, (_, i) => (i * i * 37) % 256);
  writeFileSync(file, Uint8Array.from([...header, ...pixels]));
}

/** A model with other weights than any that a trace begins with. */
function writeModel(directory: string): void {
  const sizes = { vocabSize: 5, contextLength: 16 };
  const options = { hiddenSize: 8, heads: 2 };
  const model = describeModel(MODELS, 'llama', options, sizes);
  const { params } = createModel(MODELS, 'llama', options, sizes);
  saveModel(directory, MODELS, {
    model,
    tokenizer: undefined,
    params: namedTensors(initParams(params, keyFromSeed(9))),
  });
}

/** Another optimizer, so that there is a choice. */
const sgd = defineOptimizer({
  kind: 'sgd',
  source: 'none',
  description: 'Plain gradients.',
  options: REGISTRIES.optimizers.adamw!.options,
  create: () => ({
    kind: 'sgd',
    slots: () => ({}),
    scalars: () => ({}),
    update: (params) => params.map(({ value, slots }) => ({ value, slots })),
  }),
});
const registries = { ...REGISTRIES, optimizers: { ...REGISTRIES.optimizers, sgd } };

let runs = 0;
const trace = rememberTraces(traceAnew);

/** Everything that a run of the base recipe with these changes does. */
async function traceAnew(...changes: readonly Overlay[]): Promise<string> {
  const recipe = parseRecipe(changes.reduce(mergeOverlays, BASE_RECIPE), 'test', registries);
  const directory = at(`run-${runs++}`);
  seen.acts = [];
  const listener = (event: RunEvent) => {
    if (event.kind === 'checkpoint') seen.acts.push(['checkpoint', event.stage, event.step]);
  };
  const options = { directory, registries, listener };
  const summary = await startTraining(recipe, options).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    return { refused: error.message.replaceAll(directory, '') };
  });
  const files = listFiles(directory);
  rmSync(directory, { recursive: true, force: true });
  return JSON.stringify([seen.acts, files, summary], (key, value) =>
    key === 'seconds' || key === 'stepMs' ? 0 : value,
  );
}

/** Files of a run: all by name, and the contents of what says what a model and a text are. */
function listFiles(directory: string): string[] {
  if (!existsSync(directory)) return [];
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
  return names.map((name) =>
    /(?<!tokenizer\.)config\.json$|info\.json$|baselines\.json$/.test(name)
      ? `${name}: ${readFileSync(path.join(directory, name), 'utf8')}`
      : name,
  );
}

/** Versions, words for the reader of a report, and what is loaded before a recipe is checked. */
const ELSEWHERE = ['$schema', 'format', 'description', 'plugins'];

describe('every key of a recipe', () => {
  const leaves = listLeaves(recipeJsonSchema(REGISTRIES));
  const ofRun = leaves.filter((leaf) => /^data\b/.test(leaf));

  test('is listed here', () => {
    const known = [...Object.keys(KEY_CHANGES), ...ELSEWHERE];
    expect(leaves.filter((leaf) => !ofRun.includes(leaf)).sort()).toEqual(known.sort());
    // Data of the run are those of every stage that has none.
    const ofStages = leaves.filter((leaf) => leaf.startsWith('stages.*.data'));
    expect(ofRun).toEqual(ofStages.map((leaf) => leaf.slice('stages.*.'.length)));
  });

  test('a trace depends on nothing else', async () => {
    expect(await traceAnew()).toBe(await traceAnew());
    expect(await traceAnew(taught())).toBe(await traceAnew(taught()));
  });

  test.each(Object.entries(KEY_CHANGES))('%s changes what a run does', async (leaf, change) => {
    // The stage of text has no part in the data of the other, and takes more than half of a run's time.
    const isOfSource = /^stages\.\*\.data\(/.test(leaf) && (change.stage ?? 'source') === 'source';
    const traced = isOfSource
      ? (...changes: readonly Overlay[]) => trace({ stages: { text: null } }, ...changes)
      : trace;
    const found = await traceChange(leaf, change, traced, withBounds);
    expect(new Set(found).size).toBe(found.length);
  });

  test('data of the run are those of its stages', async () => {
    const stages = { stages: { source: { data: undefined } } };
    const data = (kind: string) => ({ data: { kind, ...SMALL_NCA }, ...stages });
    const [nca, dyck] = [
      await trace(data('nca')),
      await trace({ data: { kind: 'dyck' }, ...stages }),
    ];
    expect(new Set([nca, dyck, await trace()]).size).toBe(3);
  });

  test('a stage that is removed leaves the others as they were', async () => {
    const alone = JSON.parse(await trace({ stages: { text: null } }));
    const all = JSON.parse(await trace());
    // The last state is that of the rollout, which only the last stage's model has.
    const isState = ([what]: [string]) => what === 'state';
    const training = alone[0].slice(0, alone[0].findLastIndex(isState));
    expect(training.length).toBeGreaterThan(10);
    expect(all[0].slice(0, training.length)).toEqual(training);
  });

  test('requireGate ends a run between its stages, in a sentence, and its source is saved', async () => {
    const [, files, summary] = JSON.parse(await trace({ requireGate: 'dynamics' }));
    expect(files).toContain('stages/source/artifacts/model/model.safetensors');
    expect(files.filter((name: string) => name.startsWith('checkpoints/text'))).toEqual([]);
    expect(summary.refused).toMatch(
      /^stage 'source' of {2}has learned nothing, and requireGate asks for dynamics: stage 'text' was not begun/,
    );
    expect(summary.refused).toContain('NOT below the global baselines');
  });

  test('the description stands in the report', async () => {
    const directory = at('described');
    const description = 'Whether moss grows faster';
    const recipe = parseRecipe({ ...BASE_RECIPE, description }, 'test', registries);
    await startTraining(recipe, { directory, registries });
    expect(renderReport(buildTrainingPage(collectTrainingReport(directory, registries)))).toContain(
      description,
    );
  });
});

/** A band needs its bounds beside its kind. */
function withBounds(key: string, overlay: Overlay): Overlay {
  if (!key.endsWith('.band.kind')) return overlay;
  const absolute = JSON.stringify(overlay).includes('absolute');
  const bounds = absolute ? { low: 0.35, high: 10 } : { low: 20, high: 80 };
  return mergeOverlays(overlay, nest(key.slice(0, -'.kind'.length), bounds));
}
