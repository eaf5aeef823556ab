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
import { saveLlama } from '../../test/support/llama-files.ts';
import { keyFromSeed } from '../core/index.ts';
import { readSafetensors, readSafetensorsHeader } from '../files/safetensors.ts';
import { deriveLlamaConfig, initLlama, namedTensors } from '../nn/index.ts';
import { type Device, openDevice } from '../tensor/index.ts';
import { readArmGates } from './arm-gates.ts';
import { readComparison, resumeComparison, startComparison, withScratch } from './arms.ts';
import { GateNotMet } from './gate-record.ts';
import { judgeRun, judgeShippedSource } from './judge-source.ts';
import { parseRecipe } from './recipe.ts';
import { runPaths, stageFolder } from './run-folder.ts';
import { shipSource } from './ship-source.ts';
import { listSources, openShippedSource } from './shipped-source.ts';
import { resumeRun, startRun } from './train-run.ts';
import { findTransferOrigin } from './transfer-origin.ts';

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
  world: { kind: 'nca', colors: 2, grid: 4, patch: 1, band: { kind: 'none' } },
  contextLength: 71,
  batchSize: 4,
  steps: 5,
  // Judged in whole batches: as eight.
  heldOutSequences: 7,
};
const TEXT = { contextLength: 16, batchSize: 2, steps: 2, evaluationTokens: 64 };

let folder: string;
let device: Device;
const at = (...parts: string[]) => path.join(folder, ...parts);
const readJson = (...parts: string[]) => JSON.parse(readFileSync(at(...parts), 'utf8'));

/** The folder of a run whose source stage is at `step`, its model as it was drawn. */
function writeSourceRun(name: string, changes: object = {}, step = SOURCE.steps): string {
  const directory = at(name);
  const recipe = parseRecipe({ name, model: MODEL, source: SOURCE, text: TEXT, ...changes }, name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(runPaths(directory).recipe, JSON.stringify(recipe));
  const source = { commit: 'c0ffee', modified: false };
  writeFileSync(runPaths(directory).provenance, JSON.stringify({ source }));
  if (!recipe.source) return directory;
  const config = deriveLlamaConfig(recipe.model, { vocabSize: 4, contextLength: 71 });
  const params = namedTensors(initLlama(config, keyFromSeed(recipe.seed)));
  saveLlama({
    ...{ directory: stageFolder(runPaths(directory), 'source'), stage: 'source', step },
    ...{ keepLast: 1, config, snapshot: { params, optimizer: {} } },
  });
  return directory;
}

/** Ships a source; what lies there of the name is replaced. */
async function ship(name: string, changes: object = {}): Promise<void> {
  rmSync(at('sources', name), { recursive: true, force: true });
  rmSync(at(`run-${name}`), { recursive: true, force: true });
  state.verdict = 'dynamics';
  await shipSource(writeSourceRun(`run-${name}`, changes), { name, device });
  state.verdict = undefined;
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-sources-'));
  state.sources = at('sources');
  device = openDevice({ threads: 1 });
  const lines = Array.from({ length: 30 }, (_, i) => ({ text: `Story ${i}. `.repeat(9) }));
  writeFileSync(at('story.jsonl'), lines.map((line) => JSON.stringify(line)).join('\n'));
  await ship('tiny', { description: 'four cells by four', seed: 3 });
}, 60_000);
afterEach(() => {
  state.verdict = undefined;
});
afterAll(async () => {
  await device.close();
  rmSync(folder, { recursive: true, force: true });
});

const textRecipe = (from: string, changes: object = {}) =>
  parseRecipe(
    {
      name: 'text',
      model: MODEL,
      transfer: { from },
      text: { ...TEXT, corpus: { files: [at('story.jsonl')] } },
      engine: { threads: 1 },
      ...changes,
    },
    'test',
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
      ...{ name: 'tiny', description: 'four cells by four', commit: 'c0ffee', dtype: 'bfloat16' },
      ...{
        steps: 5,
        tokens: 5 * 4 * 71,
        gate: { verdict: 'dynamics', seed: 3, sequences: 8, predictorsVersion: 2 },
      },
    });
    const { gate } = await judgeShippedSource('tiny');
    expect(source.gate).toMatchObject({ loss: gate.loss, margin: gate.margin });

    const file = at('sources', 'tiny', 'model.safetensors');
    const trained = readSafetensors(
      path.join(stageFolder(runPaths(at('run-tiny')), 'source'), 'step-00000005/model.safetensors'),
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
    expect(recipe).toEqual(parseRecipe(readJson('sources', 'tiny', 'recipe.json'), 'again'));
    expect(recipe).toMatchObject({ name: 'tiny', seed: 3, source: { steps: 5 } });
    expect(recipe.text).toBeUndefined();
    expect(listSources()).toEqual(['tiny']);
  });

  const MANY = { hiddenSize: 256, layers: 3, heads: 2 };
  test.each<[string, string, object, number, RegExp]>([
    ['that has learned less', 'x', {}, 5, /has learned nothing, not dynamics: .*NOT below/],
    ['that is not finished', 'x', {}, 4, /is not finished: 4 of 5 steps/],
    ['of a run without one', 'x', { source: undefined }, 5, /has no source stage/],
    ['beyond 4 MB', 'x', { model: MANY }, 5, /take 4\.8 MB as bfloat16.* 4\.0 at most/],
    ['under a name that is taken', 'tiny', {}, 5, /exists/],
    ['under a name that is a path', '../x', {}, 5, /cannot name a source/],
  ])('but not one %s', async (_, name, changes, step, message) => {
    rmSync(at('bad'), { recursive: true, force: true });
    const directory = writeSourceRun('bad', changes, step);
    await expect(shipSource(directory, { name, device })).rejects.toThrow(message);
    expect(listSources()).toEqual(['tiny']);
    expect(readdirSync(at('sources'))).toEqual(['tiny']);
  });

  test('but not one that changed code has trained', async () => {
    rmSync(at('bad'), { recursive: true, force: true });
    const directory = writeSourceRun('bad');
    const source = { commit: 'c0ffee', modified: true };
    writeFileSync(runPaths(directory).provenance, JSON.stringify({ source }));
    const shipping = shipSource(directory, { name: 'x', device });
    await expect(shipping).rejects.toThrow('by a commit whose files were changed');
  });

  test.each<[string, object, string]>([
    ['more than one commit has trained', { resumedFrom: [null] }, 'by more than one commit'],
    ['has another recipe than it began with', { recipe: 'of before' }, 'not the recipe that'],
  ])('but not one that %s', async (_, changes, message) => {
    rmSync(at('bad'), { recursive: true, force: true });
    const directory = writeSourceRun('bad');
    const source = { commit: 'c0ffee', modified: false };
    writeFileSync(runPaths(directory).provenance, JSON.stringify({ source, ...changes }));
    const shipping = shipSource(directory, { name: 'x', device });
    await expect(shipping).rejects.toThrow(message);
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
    mkdirSync(at('elsewhere', 'tiny'), { recursive: true });
    process.chdir(at('elsewhere'));
    try {
      expect(findTransferOrigin('tiny', undefined).shipped?.name).toBe('tiny');
      expect(() => findTransferOrigin('./tiny', undefined)).not.toThrow();
      expect(findTransferOrigin('./tiny', undefined)).toEqual({ folder: './tiny', shipped: null });
      expect(() => findTransferOrigin('tinny', undefined)).toThrow(
        expect.objectContaining({ hint: "did you mean 'tiny'?" }),
      );
      expect(() => findTransferOrigin('something', undefined)).toThrow(
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
    expect(existsSync(at('run-tiny', 'gate.json'))).toBe(false);
  });
});

describe('a text stage begins with a shipped source', () => {
  const freeze = { modules: ['attention'] };

  test('by its name, judged in the run, noted with its hash', async () => {
    const recipe = textRecipe('tiny', { seed: 9, transfer: { from: 'tiny', freeze } });
    const summary = await startRun(recipe, { directory: at('named') });
    const { sha256, tokens } = openShippedSource('tiny');
    expect(readJson('named', 'provenance.json').transfer).toEqual({ source: 'tiny', sha256 });
    const judged = await judgeShippedSource('tiny', { seed: 9 });
    expect(readJson('named', 'gate.json')).toEqual(JSON.parse(JSON.stringify(judged)));
    expect(await judgeRun(at('named'))).toEqual(readJson('named', 'gate.json'));
    expect(summary.gates).toEqual([
      { arm: 'text', shipped: 'tiny', tokens, gate: judged.gate, refused: false },
    ]);
    // A record of fewer predictors is made again, and the summary with it.
    const before = ['gate.json', 'summary.json'].map((file) => readJson('named', file));
    const old = { ...judged.gate, predictorsVersion: 1 };
    const superseded = [
      { gate: old },
      { gate: old, gates: [{ ...before[1].gates[0], gate: old }] },
    ];
    ['gate.json', 'summary.json'].forEach((file, i) => {
      writeFileSync(at('named', file), JSON.stringify({ ...before[i], ...superseded[i] }));
    });
    expect(await judgeRun(at('named'))).toEqual(judged);
    expect(['gate.json', 'summary.json'].map((file) => readJson('named', file))).toEqual(before);
    // Summaries of before had one gate, of the run.
    const { gates: _, ...single } = before[1];
    writeFileSync(at('named', 'gate.json'), JSON.stringify({ ...before[0], gate: old }));
    writeFileSync(at('named', 'summary.json'), JSON.stringify({ ...single, gate: old }));
    await judgeRun(at('named'));
    expect(readJson('named', 'summary.json')).toEqual(before[1]);
    // A text stage that has begun was not refused, whatever is required of the gate now.
    const strict = readArmGates({ ...recipe, requireGate: 'dynamics' }, at('named'), 'text');
    expect(strict.map(({ refused }) => refused)).toEqual([false]);
    // What is frozen is still that of the source.
    const name = 'model.layers.0.self_attn.q_proj.weight';
    const trained = at('named', 'checkpoints', 'text', 'step-00000002', 'model.safetensors');
    expect(readSafetensors(trained).tensors[name]).toEqual(
      readSafetensors(at('sources', 'tiny', 'model.safetensors')).tensors[name],
    );
  });

  test('and is gone on with only while that is the same; so with the folder of a run', async () => {
    const stop = () => {
      throw new Error('the power went');
    };
    await ship('other', { seed: 5 });
    const first = startRun(textRecipe('other'), {
      directory: at('stopped'),
      listener: ({ kind }) => kind === 'gate' && stop(),
    });
    await expect(first).rejects.toThrow('the power went');
    cpSync(at('sources', 'other'), at('kept'), { recursive: true });
    await ship('other', { seed: 6 });
    const refused = resumeRun({ directory: at('stopped') });
    await expect(refused).rejects.toThrow(/^other holds other weights than the run in .*stopped/);
    rmSync(at('sources', 'other'), { recursive: true });
    await expect(resumeRun({ directory: at('stopped') })).rejects.toThrow("no folder 'other'");
    cpSync(at('kept'), at('sources', 'other'), { recursive: true });
    const summary = await resumeRun({ directory: at('stopped') });
    expect(summary.arms[0]!.textLoss).toBeGreaterThan(0);
    // The text stage has begun: what it began with is needed no more.
    rmSync(at('stopped', 'summary.json'));
    rmSync(at('sources', 'other'), { recursive: true });
    expect(await resumeRun({ directory: at('stopped') })).toMatchObject({
      arms: summary.arms,
      gates: JSON.parse(JSON.stringify(summary.gates)),
    });

    const directory = at('from-run');
    const listener = ({ kind }: { kind: string }) => kind === 'evaluation' && stop();
    writeSourceRun('own', { seed: 1, text: undefined });
    const from = startRun(textRecipe(at('own')), { directory, listener });
    await expect(from).rejects.toThrow('the power went');
    rmSync(at('own'), { recursive: true });
    writeSourceRun('own', { seed: 2, text: undefined });
    await expect(resumeRun({ directory })).rejects.toThrow('holds other weights');
  });

  test('unless its gate, measured in the run, is below what is required', async () => {
    const recipe = textRecipe('tiny', { requireGate: 'dynamics' });
    const run = startRun(recipe, { directory: at('strict') });
    await expect(run).rejects.toThrow(GateNotMet);
    await expect(resumeRun({ directory: at('strict') })).rejects.toThrow(
      /^the shipped source tiny has learned nothing, and requireGate asks for dynamics/,
    );
    state.verdict = 'dynamics';
    const passed = await startRun(recipe, { directory: at('lax') });
    expect(passed.gates).toMatchObject([{ refused: false, gate: { verdict: 'dynamics' } }]);
  });
});

describe('a comparison of three arms', () => {
  const recipe = (changes: object = {}) =>
    textRecipe('tiny', {
      ...{ source: SOURCE, transfer: { keep: { modules: ['attention'] }, embeddingStd: 0.5 } },
      ...changes,
    });
  const comparison = (changes: object = {}) => ({
    name: 'three',
    arms: withScratch('nca', recipe(changes), ['tiny']),
  });

  test('has them in order, on one text, each source with its gate', async () => {
    const directory = at('three');
    const { arms, gates, gate } = await startComparison(comparison(), { directory });
    expect(arms.map(({ name }) => name)).toEqual(['nca', 'tiny', 'scratch']);
    expect(new Set(arms.map(({ textLoss }) => textLoss)).size).toBe(3);
    expect(gates.map(({ arm, shipped, tokens }) => [arm, shipped, tokens])).toEqual([
      ['nca', null, 1420],
      ['tiny', 'tiny', 1420],
    ]);
    expect(gate).toEqual(gates[0]!.gate);
    // Arms that begin after a stop have the same recipes.
    for (const { name, recipe } of readComparison(directory).arms) {
      expect(JSON.stringify(readJson('three', name, 'recipe.json'))).toBe(JSON.stringify(recipe));
    }
    const text = ['nca', 'tiny', 'scratch'].map((arm) =>
      readFileSync(at('three', arm, 'text', 'info.json'), 'utf8'),
    );
    expect(new Set(text).size).toBe(1);
    const { recipe: scratch } = comparison().arms[2]!;
    expect([scratch.source, scratch.requireGate, scratch.transfer.from]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('does not begin where the model of an arm cannot be carried over', async () => {
    const directory = at('misfit');
    const wide = comparison({ model: { ...MODEL, hiddenSize: 32 } });
    await expect(startComparison(wide, { directory })).rejects.toThrow(/^arm 'tiny': .*\[16/);
    expect(existsSync(directory)).toBe(false);
  });

  test('leaves out the arms of sources that have learned too little; the others go on', async () => {
    const directory = at('strict-three');
    const strict = comparison({ requireGate: 'dynamics' });
    const summary = await startComparison(strict, { directory });
    expect(summary.gates.map(({ arm, refused }) => [arm, refused])).toEqual([
      ['nca', true],
      ['tiny', true],
    ]);
    expect(summary.arms.map(({ name, textLoss }) => [name, textLoss === null])).toEqual([
      ['nca', true],
      ['tiny', true],
      ['scratch', false],
    ]);
    expect(existsSync(at('strict-three', 'nca', 'checkpoints', 'text'))).toBe(false);
    const again = await resumeComparison({ directory });
    expect(JSON.parse(JSON.stringify(again.arms))).toEqual(
      JSON.parse(JSON.stringify(summary.arms)),
    );
  });
});
