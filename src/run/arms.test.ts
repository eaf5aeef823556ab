import {
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
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { isSelected } from '../algorithms/index.ts';
import {
  flattenTree,
  isNdArray,
  isParamSpec,
  type NdArray,
  type ParamSpec,
} from '../core/index.ts';
import { type LlamaParams, llamaSpecs } from '../nn/index.ts';
import type { TokenBatch } from '../text/index.ts';
import { readComparison, resumeComparison, startComparison, withScratch } from './arms.ts';
import type { LanguageModelOptions } from './open-language-model.ts';
import { parseRecipe } from './recipe.ts';

type Stage = {
  readonly options: LanguageModelOptions;
  readonly initial: Readonly<Record<string, NdArray>>;
  readonly batches: TokenBatch[];
  readonly heldOut: (readonly TokenBatch[])[];
};
/** Every learner that was opened, in order; `failAt` is the step, counted over all of them, that throws. */
const seen = vi.hoisted(() => ({ stages: [] as Stage[], steps: 0, failAt: -1 }));

vi.mock('./open-language-model.ts', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  openLanguageModel: async (
    _: unknown,
    options: LanguageModelOptions,
    { params }: { params: LlamaParams<NdArray> },
  ) => {
    const initial = Object.fromEntries(flattenTree<NdArray>(params, isNdArray));
    const stage: Stage = { options, initial, batches: [], heldOut: [] };
    seen.stages.push(stage);
    return {
      step: async (batch: TokenBatch) => {
        if (seen.steps++ === seen.failAt) throw new Error('the power went');
        stage.batches.push(batch);
        return { loss: 1, gradientNorm: 1 };
      },
      evaluate: async (batches: readonly TokenBatch[]) => {
        stage.heldOut.push(batches);
        return { loss: 2 };
      },
      tokenLosses: async () => {
        const count = options.batchSize * (options.contextLength - options.firstPosition);
        return { losses: new Float32Array(count), predictions: new BigInt64Array(count) };
      },
      snapshot: async () => ({ params: initial, optimizer: {} }),
      params: async () => params,
      close: async () => {},
    };
  },
}));
vi.mock('../tensor/index.ts', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  openDevice: () => ({ close: async () => {} }),
}));
vi.mock('../eval/index.ts', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  openGenerator: async () => ({ generate: async () => Int32Array.of(65), close: async () => {} }),
}));

let folder: string;
beforeEach(() => {
  Object.assign(seen, { stages: [], steps: 0, failAt: -1 });
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-arms-'));
  const lines = Array.from({ length: 30 }, (_, i) =>
    JSON.stringify({ text: `Story ${i}. `.repeat(9) }),
  );
  writeFileSync(path.join(folder, 'story.jsonl'), lines.join('\n'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const KEEP = { modules: ['query', 'key'] } as const;
const recipe = (changes: object = {}) =>
  parseRecipe(
    {
      name: 'tiny',
      model: { hiddenSize: 8, layers: 1, heads: 2, embeddingStd: 0.02 },
      source: {
        world: { kind: 'nca', colors: 2, grid: 4, band: { kind: 'none' } },
        contextLength: 23,
        batchSize: 2,
        steps: 2,
        heldOutSequences: 2,
      },
      transfer: { keep: KEEP, freeze: { modules: ['key'] }, embeddingStd: 0.5 },
      text: {
        corpus: { files: [path.join(folder, 'story.jsonl')] },
        contextLength: 16,
        batchSize: 2,
        steps: 3,
        evaluationTokens: 64,
      },
      ...changes,
    },
    'test',
  );
const comparison = (changes: object = {}) => ({
  name: 'both',
  arms: withScratch('nca', recipe(changes)),
});
const directory = () => path.join(folder, 'out');

describe('a comparison', () => {
  test('trains both arms on the same text, from the same bits where nothing is carried over', async () => {
    const summary = await startComparison(comparison(), { directory: directory() });
    const [source, nca, scratch] = seen.stages as [Stage, Stage, Stage];
    expect(seen.stages).toHaveLength(3);
    expect(nca.batches).toHaveLength(3);
    expect(scratch.batches).toEqual(nca.batches);
    expect(nca.batches[0]).not.toEqual(nca.batches[1]);
    expect(scratch.heldOut).toEqual(nca.heldOut);
    expect(scratch.options.key).toEqual(nca.options.key);
    expect(scratch.options.config).toEqual(nca.options.config);

    const params = (stage: Stage) =>
      flattenTree<ParamSpec>(llamaSpecs(stage.options.config), isParamSpec);
    for (const [name, spec] of params(nca)) {
      const value = nca.initial[name];
      const carried = isSelected(KEEP, spec);
      if (carried) expect(value, name).toEqual(source.initial[name]);
      if (carried) expect(value, name).not.toEqual(scratch.initial[name]);
      if (carried || spec.role === 'embedding') continue;
      expect(value, name).toEqual(scratch.initial[name]);
    }
    // The embedding: the same draw, at another scale.
    const [scaled, plain] = [nca, scratch].map(
      ({ initial }) => initial['model.embed_tokens.weight']!,
    );
    plain!.data.forEach((x, i) => {
      expect(Number(scaled!.data[i]) / Number(x)).toBeCloseTo(25, 3);
    });
    const frozen = (stage: Stage) =>
      params(stage).flatMap(([name, spec]) => (stage.options.frozen?.(spec) ? [name] : []));
    expect(frozen(nca)).toEqual(['model.layers.0.self_attn.k_proj.weight']);
    expect(frozen(scratch)).toEqual([]);

    expect(summary.arms.map(({ name, seed, textLoss }) => [name, seed, textLoss])).toEqual([
      ['nca', 0, 2],
      ['scratch', 0, 2],
    ]);
    expect(summary.gate?.verdict).toBe('statistics');
    const written = JSON.parse(readFileSync(path.join(directory(), 'summary.json'), 'utf8'));
    expect(written.arms).toEqual(JSON.parse(JSON.stringify(summary.arms)));
  });

  test('goes on after a failure without repeating what is done', async () => {
    seen.failAt = 6; // In the second arm: 2 source steps, 3 text steps, 1 text step.
    const started = startComparison(comparison(), { directory: directory() });
    await expect(started).rejects.toThrow('the power went');
    seen.stages = [];
    const summary = await resumeComparison({ directory: directory() });
    expect(seen.stages).toHaveLength(1);
    expect(summary.arms.map(({ name }) => name)).toEqual(['nca', 'scratch']);
    seen.stages = [];
    const again = await resumeComparison({ directory: directory() });
    expect(seen.stages).toHaveLength(0);
    expect(again.arms).toEqual(JSON.parse(JSON.stringify(summary.arms)));
  });

  test('is read back as it was written', async () => {
    await startComparison(comparison(), { directory: directory() });
    const { name, arms } = readComparison(directory());
    expect(name).toBe('both');
    expect(arms.map((arm) => arm.name)).toEqual(['nca', 'scratch']);
    expect(arms[0]!.recipe).toEqual(recipe());
    expect(arms[1]!.recipe.source).toBeUndefined();
  });

  test.each<[string, string, RegExp]>([
    ['cut short', '{"name": "x", ', /arms\.json is not JSON/],
    ['without arms', '{"name": "x", "arms": []}', /arms\.json: arms: /],
    [
      'with a foreign recipe',
      '{"name":"x","arms":[{"name":"a","recipe":{"nam":1}}]}',
      /arms\.json: /,
    ],
  ])('file that is %s is refused by name', (_, content, message) => {
    mkdirSync(directory());
    writeFileSync(path.join(directory(), 'arms.json'), content);
    expect(() => readComparison(directory())).toThrow(message);
    expect(() => readComparison(directory())).toThrow(
      expect.objectContaining({ name: 'UserError' }),
    );
  });
});

describe('startComparison leaves alone', () => {
  const start = (changes: object = {}) =>
    startComparison(comparison(changes), { directory: directory() });

  test('a file', async () => {
    writeFileSync(directory(), 'precious');
    await expect(start()).rejects.toThrow('is a file, not a run folder');
    expect(readFileSync(directory(), 'utf8')).toBe('precious');
  });

  test('a folder with other things', async () => {
    mkdirSync(directory());
    writeFileSync(path.join(directory(), 'thesis.tex'), 'precious');
    await expect(start()).rejects.toThrow('is not empty');
    expect(readdirSync(directory())).toEqual(['thesis.tex']);
  });

  test('a comparison, or a run', async () => {
    await start();
    await expect(start()).rejects.toThrow('holds a run already');
    const arm = path.join(directory(), 'scratch');
    const inArm = startComparison(comparison(), { directory: arm });
    await expect(inArm).rejects.toThrow('holds a run already');
  });

  test('the place of one that could not begin', async () => {
    const text = { ...recipe().text, corpus: { files: [path.join(folder, 'gone.txt')] } };
    await expect(start({ text })).rejects.toThrow('no file');
    expect(existsSync(directory())).toBe(false);
    mkdirSync(directory());
    await expect(start({ text })).rejects.toThrow('no file');
    expect(readdirSync(directory())).toEqual([]);
    expect(seen.stages).toEqual([]);
    await start();
  });
});
