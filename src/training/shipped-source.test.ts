// A source that comes with the package: how one is made, read, judged and begun with. The folder of them is the test's own.

import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { initParams, keyFromSeed } from '../core/index.ts';
import { readSafetensors, readSafetensorsHeader } from '../files/safetensors.ts';
import { createModel, describeModel, MODELS, namedTensors } from '../nn/index.ts';
import { saveArtifacts } from '../run/artifacts.ts';
import { saveModel } from '../run/model-files.ts';
import { runPaths } from '../run/run-folder.ts';
import { writeRunRecord } from '../run/run-record.ts';
import { type Device, openDevice } from '../tensor/index.ts';
import { findStart } from './find-start.ts';
import { GateNotMet } from './gate-record.ts';
import * as judging from './judge.ts';
import { parseRecipe, type Recipe } from './recipe.ts';
import { optionsOf, REGISTRIES } from './registries.ts';
import * as shipping from './ship-source.ts';
import * as shipped from './shipped-source.ts';
import { summarizeTraining } from './summary.ts';
import { resumeTraining, startTraining, type TrainingOptions } from './train.ts';
import { artifactsPath, checkpointFolder, TRAINING } from './training-folder.ts';

const state = vi.hoisted(() => ({ sources: '', verdict: undefined as string | undefined }));
vi.mock('./sources-folder.ts', () => ({ sourcesFolder: () => state.sources }));
// A model that has learned dynamics takes minutes: where one is needed, the gate says so of any.
vi.mock('../eval/index.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../eval/index.ts')>();
  return {
    ...original,
    judgeGate: (...args: Parameters<typeof original.judgeGate>) => {
      const gate = original.judgeGate(...args);
      return state.verdict === undefined ? gate : { ...gate, verdict: state.verdict };
    },
  };
});

const MODEL = { hiddenSize: 16, layers: 1, heads: 2 };
const SOURCE = {
  data: { kind: 'nca', colors: 2, grid: 4, patch: 1, band: { kind: 'none' } },
  contextLength: 71,
  batchSize: 4,
  steps: 5,
  // Judged in whole batches: as eight.
  heldOutSequences: 7,
};
const TEXT = { contextLength: 16, batchSize: 2, steps: 2 };

let folder: string;
let device: Device;
const at = (...parts: string[]) => path.join(folder, ...parts);
const readJson = (...parts: string[]) => JSON.parse(readFileSync(at(...parts), 'utf8'));

const registries = REGISTRIES;
const { listSources } = shipped;
const openShippedSource = (name: string) => shipped.openShippedSource(name, registries);
const judgeShippedSource = (name: string, options: { seed?: number } = {}) =>
  judging.judgeShippedSource(name, { registries, ...options });
const judgeRun = (directory: string, options: { seed?: number } = {}) =>
  judging.judgeRun(directory, { registries, ...options });
const shipSource = (directory: string, name: string) =>
  shipping.shipSource(directory, { name, device, registries });
const find = (from: string) => findStart(from, { registries, directory: null });
type Options = Omit<TrainingOptions, 'registries'>;
const start = (recipe: Recipe, options: Options) =>
  startTraining(recipe, { registries, ...options });
const resume = (options: Options) => resumeTraining({ registries, ...options });

/** The folder of a run of one stage, finished or `unfinished`, with its model as it was drawn. */
function writeSourceRun(name: string, changes: object = {}, unfinished = false): string {
  const directory = at(name);
  const recipe = parseRecipe(
    { name, model: MODEL, stages: { source: SOURCE }, ...changes },
    name,
    registries,
  );
  mkdirSync(directory, { recursive: true });
  writeRunRecord(directory, TRAINING);
  const paths = runPaths(directory);
  writeFileSync(paths.recipe, JSON.stringify(recipe));
  writeFileSync(paths.metrics, '');
  const source = { commit: 'c0ffee', modified: false };
  writeFileSync(paths.provenance, JSON.stringify({ source }));
  const sizes = { vocabSize: 4, contextLength: 71 };
  const model = describeModel(registries.models, recipe.model.kind, optionsOf(recipe.model), sizes);
  const { params } = createModel(registries.models, model.kind, model.options, sizes);
  const arrays = namedTensors(initParams(params, keyFromSeed(recipe.seed)));
  if (unfinished) {
    const checkpoints = checkpointFolder(paths, 'source');
    mkdirSync(checkpoints, { recursive: true });
    const file = path.join(checkpoints, 'step-00000000');
    saveModel(file, MODELS, { model, params: arrays });
  } else {
    const origin = { model, tokenizer: undefined, step: SOURCE.steps };
    saveArtifacts(artifactsPath(directory, 'source'), MODELS, { model: { arrays } }, origin);
  }
  return directory;
}

/** Ships a source; what lies there of the name is replaced. */
async function ship(name: string, changes: object = {}): Promise<void> {
  rmSync(at('sources', name), { recursive: true, force: true });
  rmSync(at(`run-${name}`), { recursive: true, force: true });
  state.verdict = 'dynamics';
  await shipSource(writeSourceRun(`run-${name}`, changes), name);
  state.verdict = undefined;
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-sources-'));
  state.sources = at('sources');
  device = openDevice({ threads: 1 });
  const lines = Array.from({ length: 30 }, (_, i) => ({ text: `Story ${i}. `.repeat(9) }));
  writeFileSync(at('story.jsonl'), lines.map((line) => JSON.stringify(line)).join('\n'));
  await ship('tiny', { description: 'four cells by four', seed: 3 });
});
afterEach(() => {
  state.verdict = undefined;
});
afterAll(async () => {
  await device.close();
  rmSync(folder, { recursive: true, force: true });
});

const textRecipe = (from: string, changes: object = {}, begins: object = {}) =>
  parseRecipe(
    {
      name: 'text',
      model: MODEL,
      stages: {
        text: {
          ...TEXT,
          data: { kind: 'text', corpus: { files: [at('story.jsonl')] }, evaluationTokens: 64 },
          start: { from, ...begins },
        },
      },
      engine: { threads: 1 },
      ...changes,
    },
    'test',
    registries,
  );

describe('a source is shipped', () => {
  test('with weights in bfloat16, the complete recipe of its stage, and what the gate said of these weights', async () => {
    expect(readdirSync(at('sources', 'tiny')).sort()).toEqual([
      'config.json',
      'model.safetensors',
      'recipe.json',
      'source.json',
    ]);
    const source = openShippedSource('tiny');
    expect(source).toMatchObject({
      name: 'tiny',
      description: 'four cells by four',
      commit: 'c0ffee',
      dtype: 'bfloat16',
      steps: 5,
      tokens: 5 * 4 * 71,
      gate: { verdict: 'dynamics', seed: 3, sequences: 8, predictorsVersion: 2 },
    });
    const { gate } = await judgeShippedSource('tiny');
    expect(source.gate).toMatchObject({ loss: gate.loss, margin: gate.margin });

    const file = at('sources', 'tiny', 'model.safetensors');
    const trained = readSafetensors(
      path.join(artifactsPath(at('run-tiny'), 'source'), 'model', 'model.safetensors'),
    ).tensors;
    expect(readSafetensorsHeader(file).entries.every(({ dtype }) => dtype === 'BF16')).toBe(true);
    for (const [name, { data }] of Object.entries(readSafetensors(file).tensors)) {
      data.forEach((x, i) => {
        const exact = Number(trained[name]!.data[i]);
        // Eight significant bits.
        expect(Math.abs(Number(x) - exact)).toBeLessThanOrEqual(Math.abs(exact) * 2 ** -8);
      });
    }

    const { recipe } = source;
    const written = readJson('sources', 'tiny', 'recipe.json');
    expect(recipe).toEqual(parseRecipe(written, 'again', registries));
    expect(recipe).toMatchObject({ name: 'tiny', seed: 3, stages: { source: { steps: 5 } } });
    expect(source.stage.name).toBe('source');
    expect(listSources()).toEqual(['tiny']);
  });

  const MANY = { hiddenSize: 256, layers: 3, heads: 2 };
  const FILES = { ...SOURCE, data: { kind: 'dataset', files: ['a.bin'], vocabSize: 4 } };
  test.each<[string, string, object, boolean, RegExp]>([
    ['that has learned less', 'x', {}, false, /has learned nothing, not dynamics: .*NOT below/],
    ['that is not finished', 'x', {}, true, /stage 'source' of .*bad is not finished/],
    [
      'of a run of two',
      'x',
      { stages: { source: SOURCE, more: SOURCE } },
      false,
      /has more than one stage/,
    ],
    ['of files', 'x', { stages: { source: FILES } }, false, /has learned from files/],
    ['beyond 4 MB', 'x', { model: MANY }, false, /take 4\.8 MB as bfloat16.* 4\.0 at most/],
    ['under a name that is taken', 'tiny', {}, false, /exists/],
    ['under a name that is a path', '../x', {}, false, /cannot name a source/],
  ])('but not one %s', async (_, name, changes, unfinished, message) => {
    rmSync(at('bad'), { recursive: true, force: true });
    const directory = writeSourceRun('bad', changes, unfinished);
    await expect(shipSource(directory, name)).rejects.toThrow(message);
    expect(listSources()).toEqual(['tiny']);
    expect(readdirSync(at('sources'))).toEqual(['tiny']);
  });

  test('but not one that changed code has trained', async () => {
    rmSync(at('bad'), { recursive: true, force: true });
    const directory = writeSourceRun('bad');
    const source = { commit: 'c0ffee', modified: true };
    writeFileSync(runPaths(directory).provenance, JSON.stringify({ source }));
    await expect(shipSource(directory, 'x')).rejects.toThrow(
      'from a commit whose files were changed',
    );
  });

  test.each<[string, object, string]>([
    ['more than one commit has trained', { resumedFrom: [null] }, 'from more than one commit'],
    ['has another recipe than it began with', { recipe: 'of before' }, 'not the recipe that'],
  ])('but not one that %s', async (_, changes, message) => {
    rmSync(at('bad'), { recursive: true, force: true });
    const directory = writeSourceRun('bad');
    const source = { commit: 'c0ffee', modified: false };
    writeFileSync(runPaths(directory).provenance, JSON.stringify({ source, ...changes }));
    await expect(shipSource(directory, 'x')).rejects.toThrow(message);
  });
});

describe('a shipped source', () => {
  test.each(['model.safetensors', 'config.json', 'recipe.json', 'source.json'])(
    'with a changed byte in %s is refused, naming the file',
    (name) => {
      cpSync(at('sources', 'tiny'), at('sources', 'changed'), { recursive: true });
      const file = at('sources', 'changed', name);
      const bytes = readFileSync(file);
      // A digit or a weight: what is left is still read.
      const place = name === 'model.safetensors' ? bytes.length - 1 : bytes.indexOf('6');
      bytes[place]! ^= 1;
      writeFileSync(file, bytes);
      expect(() => openShippedSource('changed')).toThrow(file);
      expect(() => openShippedSource('changed')).toThrow(/not what was (packed|written)/);
      rmSync(at('sources', 'changed'), { recursive: true });
    },
  );

  test('is taken before a folder of its name; a path is a folder; an unknown name lists what there is', () => {
    const before = process.cwd();
    cpSync(at('sources', 'tiny'), at('elsewhere', 'tiny'), { recursive: true });
    process.chdir(at('elsewhere'));
    try {
      expect(find('tiny').shipped?.name).toBe('tiny');
      const { shipped: none, run, sha256 } = find('./tiny');
      expect({ none, run, sha256 }).toEqual({ none: null, run: null, sha256: find('tiny').sha256 });
      expect(find(at('run-tiny')).run).toEqual({ directory: at('run-tiny'), stage: 'source' });
      expect(() => find('tinny')).toThrow(
        expect.objectContaining({ hint: "did you mean 'tiny'?" }),
      );
      expect(() => find('./tinny')).toThrow('there is no folder ./tinny');
      expect(() => find('something')).toThrow(
        expect.objectContaining({ hint: 'there are: tiny; or give the folder of a run' }),
      );
    } finally {
      process.chdir(before);
    }
  });

  test('is judged on held-out sequences of any seed, on rules that it was trained on by its own', async () => {
    const [own, same, other] = [
      await judgeShippedSource('tiny'),
      await judgeShippedSource('tiny', { seed: 3 }),
      await judgeShippedSource('tiny', { seed: 4 }),
    ];
    expect(same).toEqual(own);
    expect(other.gate.loss).not.toBe(own.gate.loss);
    expect(other.examples[0]!.tokens).not.toEqual(own.examples[0]!.tokens);
    expect(other.gate.seenRules).toEqual(own.gate.seenRules);
    // A run of the same model, under the same seeds. Its weights are not rounded.
    const run = await judgeRun(at('run-tiny'), { seed: 4 });
    expect(run.examples[0]!.tokens).toEqual(other.examples[0]!.tokens);
    expect(run.gate.loss).toBeCloseTo(other.gate.loss, 2);
    expect(run.gate.baselines).toEqual(other.gate.baselines);
    expect(existsSync(at('run-tiny', 'stages', 'source', 'gate.json'))).toBe(false);
  });
});

describe('a text stage begins with a shipped source', () => {
  const freeze = { modules: ['attention'] };

  const GATE = path.join('stages', 'text', 'start-gate.json');

  test('by its name, judged in the run, noted with its hash', async () => {
    const recipe = textRecipe('tiny', { seed: 9 }, { freeze });
    const summary = await start(recipe, { directory: at('named') });
    const { sha256, tokens } = openShippedSource('tiny');
    expect(readJson('named', 'provenance.json').transfer).toEqual({ source: 'tiny', sha256 });
    expect(readJson('named', 'stages', 'text', 'start.json')).toMatchObject({
      weights: sha256,
      tokens,
      shipped: { name: 'tiny', steps: 5 },
    });
    const judged = await judgeShippedSource('tiny', { seed: 9 });
    expect(readJson('named', GATE)).toEqual(JSON.parse(JSON.stringify(judged)));
    expect(await judgeRun(at('named'))).toEqual(readJson('named', GATE));
    const [stage] = summary.stages;
    expect(stage).toMatchObject({
      gate: null,
      refused: false,
      start: { from: 'tiny', tokens, gate: judged.gate, shipped: { name: 'tiny', sha256 } },
    });
    // A record of fewer predictors is made again, and the summary with it.
    const before = [GATE, 'summary.json'].map((file) => readJson('named', file));
    const old = { ...judged.gate, predictorsVersion: 1 };
    const [text] = before[1].stages;
    const superseded = [
      { gate: old },
      { stages: [{ ...text, start: { ...text.start, gate: old } }] },
    ];
    [GATE, 'summary.json'].forEach((file, i) => {
      writeFileSync(at('named', file), JSON.stringify({ ...before[i], ...superseded[i] }));
    });
    expect(await judgeRun(at('named'))).toEqual(judged);
    expect([GATE, 'summary.json'].map((file) => readJson('named', file))).toEqual(before);
    // A stage that has begun was not refused, whatever is required of the gate now.
    const strict = { ...recipe, requireGate: 'dynamics' };
    writeFileSync(at('named', 'recipe.json'), JSON.stringify(strict));
    expect(summarizeTraining(at('named'), registries).stages[0]!.refused).toBe(false);
    // What is frozen is still that of the source.
    const name = 'model.layers.0.self_attn.q_proj.weight';
    const trained = at('named', 'checkpoints', 'text', 'step-00000002', 'model.safetensors');
    expect(readSafetensors(trained).tensors[name]).toEqual(
      readSafetensors(at('sources', 'tiny', 'model.safetensors')).tensors[name],
    );
  });

  test('and is resumed only while that is the same; so with the folder of a run', async () => {
    const stop = () => {
      throw new Error('the power went');
    };
    await ship('other', { seed: 5 });
    const first = start(textRecipe('other'), {
      directory: at('stopped'),
      listener: ({ kind }) => kind === 'gate' && stop(),
    });
    await expect(first).rejects.toThrow('the power went');
    cpSync(at('sources', 'other'), at('kept'), { recursive: true });
    await ship('other', { seed: 6 });
    const refused = resume({ directory: at('stopped') });
    await expect(refused).rejects.toThrow(
      /^other does not hold the weights that the run in .*stopped/,
    );
    rmSync(at('sources', 'other'), { recursive: true });
    await expect(resume({ directory: at('stopped') })).rejects.toThrow(
      "'other' is not an earlier stage, a folder or a shipped source",
    );
    cpSync(at('kept'), at('sources', 'other'), { recursive: true });
    const summary = await resume({ directory: at('stopped') });
    expect(summary.stages[0]!.loss).toBeGreaterThan(0);
    // The stage has begun: what it began with is needed no more.
    rmSync(at('stopped', 'summary.json'));
    rmSync(at('sources', 'other'), { recursive: true });
    const again = await resume({ directory: at('stopped') });
    expect(JSON.parse(JSON.stringify(again.stages))).toEqual(
      JSON.parse(JSON.stringify(summary.stages)),
    );

    const directory = at('from-run');
    const listener = ({ kind }: { kind: string }) => kind === 'evaluation' && stop();
    writeSourceRun('own', { seed: 1 });
    const from = start(textRecipe(at('own')), { directory, listener });
    await expect(from).rejects.toThrow('the power went');
    rmSync(at('own'), { recursive: true });
    writeSourceRun('own', { seed: 2 });
    await expect(resume({ directory })).rejects.toThrow('does not hold the weights');
  });

  test('unless its gate, measured in the run, is below what is required', async () => {
    const recipe = textRecipe('tiny', { requireGate: 'dynamics' });
    await expect(start(recipe, { directory: at('strict') })).rejects.toThrow(GateNotMet);
    await expect(resume({ directory: at('strict') })).rejects.toThrow(
      /^the model of tiny has learned nothing, and requireGate asks for dynamics: stage 'text' was not begun/,
    );
    const { stages } = summarizeTraining(at('strict'), registries);
    expect(stages).toMatchObject([{ refused: true, loss: null, steps: 0 }]);
    expect(existsSync(at('strict', 'checkpoints', 'text'))).toBe(false);
    state.verdict = 'dynamics';
    const passed = await start(recipe, { directory: at('lax') });
    expect(passed.stages).toMatchObject([
      { refused: false, start: { gate: { verdict: 'dynamics' } } },
    ]);
  });

  test('nor where a model that nobody judged is to have learned something', async () => {
    const from = path.join(artifactsPath(at('run-tiny'), 'source'), 'model');
    const stages = (requireGate: string) => {
      const recipe = textRecipe(from);
      return { ...recipe, stages: { text: { ...recipe.stages.text!, requireGate } } } as Recipe;
    };
    await expect(start(stages('dynamics'), { directory: at('unjudged') })).rejects.toThrow(
      'stages.text.requireGate asks for dynamics, and the model that it starts from',
    );
  });

  test('nor where the model cannot be carried over', async () => {
    const wide = textRecipe('tiny', { model: { ...MODEL, hiddenSize: 32 } });
    await expect(start(wide, { directory: at('misfit') })).rejects.toThrow(
      /^stages\.text\.start: .*\[16/,
    );
    expect(existsSync(at('misfit'))).toBe(false);
  });
});
