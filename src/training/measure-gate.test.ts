// The gate from end to end: what an untrained model, a scripted one and one of a control get.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TokenJudge } from '../algorithms/index.ts';
import { foldIn, keyFromSeed } from '../core/index.ts';
import {
  createBackoffPredictor,
  neighboringTokens,
  samePlace,
  scoreSequences,
} from '../eval/index.ts';
import { deriveLlamaConfig, initLlama } from '../nn/index.ts';
import { type Device, openDevice } from '../tensor/index.ts';
import type { TokenBatch } from '../text/index.ts';
import { measureGate } from './measure-gate.ts';
import { openLanguageModel } from './open-language-model.ts';
import { parseRecipe } from './recipe.ts';
import { createSourceData, createSourceWorld, firstPosition } from './source-stage.ts';

// A cell per token, whose rules are inferred from a few frames.
const NCA = { colors: 2, grid: 6, patch: 1, burnIn: 2, band: { kind: 'none' } };

const open = (world: object) => {
  const recipe = parseRecipe(
    {
      name: 'x',
      model: { hiddenSize: 16, layers: 1, heads: 2 },
      source: { world, contextLength: 189, batchSize: 8, steps: 20, heldOutSequences: 64 },
    },
    'test',
  );
  const source = recipe.source!;
  const data = createSourceData(source, createSourceWorld(source), keyFromSeed(1));
  return { recipe, source, data };
};

/** A model that gives half its probability to the look-up of neighborhoods, half to that of the place. */
function mixLookup({ data }: ReturnType<typeof open>): Pick<TokenJudge, 'tokenLosses'> {
  const { world } = data;
  const framed = { ...world, frame: world.frame! };
  const options = { training: data.trainingSample(), remember: false };
  const lookup = createBackoffPredictor(world, neighboringTokens(framed), options);
  const blind = createBackoffPredictor(world, samePlace(framed, 0), options);
  return {
    tokenLosses: async ({ inputs, targets }: TokenBatch) => {
      const rows = Array.from({ length: 8 }, (_, row) =>
        Int32Array.of(...inputs.subarray(row * 189, (row + 1) * 189), targets[row * 189 + 188]!),
      );
      const [a, b] = [lookup, blind].map((model) => scoreSequences(world, model, rows));
      const losses = a!.flatMap((row, s) =>
        [...row].map((loss, i) => -Math.log(0.5 * Math.exp(-loss) + 0.5 * Math.exp(-b![s]![i]!))),
      );
      return {
        losses: Float32Array.from(losses),
        predictions: new BigInt64Array(losses.length),
      };
    },
  };
}

/** What last followed each 3×3 neighborhood of a sequence of frames of 6×6 cells. */
function listTransitions(tokens: Int32Array): Map<string, number> {
  const found = new Map<string, number>();
  for (let t = 38; t < tokens.length; t++) {
    const place = (t % 38) - 1;
    if (place < 0 || place > 35) continue;
    const before = t - (t % 38) - 37;
    const [row, column] = [Math.floor(place / 6), place % 6];
    const around = [5, 6, 7].flatMap((dy) =>
      [5, 6, 7].map((dx) => tokens[before + ((row + dy) % 6) * 6 + ((column + dx) % 6)]),
    );
    found.set(String(around), tokens[t]!);
  }
  return found;
}

describe('measureGate', () => {
  let device: Device;
  beforeAll(() => {
    device = openDevice({ threads: 1 });
  });
  afterAll(() => device.close());

  async function openModel({ recipe, source, data }: ReturnType<typeof open>) {
    const { vocabSize } = data.world;
    const config = deriveLlamaConfig(recipe.model, { vocabSize, contextLength: 189 });
    const key = keyFromSeed(2);
    return openLanguageModel(
      device,
      {
        ...{ config, key, batchSize: 8, contextLength: 189, accumulate: 1 },
        firstPosition: firstPosition(data.world),
        optimizer: source.optimizer,
      },
      { params: initLlama(config, key) },
    );
  }

  test('an untrained model has learned nothing', async () => {
    const opened = open({ kind: 'nca', ...NCA });
    const learner = await openModel(opened);
    const { gate } = await measureGate(opened.data, learner);
    await learner.close();
    expect(gate.verdict).toBe('nothing');
    expect(gate.reasons[0]).toContain('NOT below the global baselines');
    // It guesses evenly over the four ids: ln 4 on 36 of 38 targets, delimiters left out.
    expect(gate.loss).toBeCloseTo((Math.log(4) * 36) / 38, 1);
  });

  test('a model trained on shuffled sequences has learned statistics at most', async () => {
    const opened = open({ kind: 'shuffled', of: NCA });
    const learner = await openModel(opened);
    for (let step = 0; step < 40; step++) {
      await learner.step(opened.data.batch(step), { step, learningRate: 1e-2 });
    }
    const { gate } = await measureGate(opened.data, learner);
    const { gate: unshuffled } = await measureGate(open({ kind: 'nca', ...NCA }).data, learner);
    await learner.close();
    // On sequences in their order too: frequencies are all it has.
    expect(unshuffled).toMatchObject({
      ...{ verdict: 'statistics', control: false, heldOutRules: 'fresh' },
    });
    expect(unshuffled.bestBlind!.name).toBe('blind mixture');
    expect(gate).toMatchObject({ verdict: 'statistics', control: true, seenRules: null });
    // Nor does it lose where the frame before is shuffled once more.
    expect(gate.shuffledFrame!.shuffledLoss - gate.shuffledFrame!.loss).toBeLessThan(0.05);
  });

  test('a scripted model that looks neighborhoods up has learned dynamics, and loses without them', async () => {
    const opened = open({ kind: 'nca', ...NCA });
    const { gate } = await measureGate(opened.data, mixLookup(opened));
    expect(gate.verdict).toBe('dynamics');
    expect(gate.share).toBeGreaterThan(0.3);
    expect(gate.bestLookup!.name).toMatch(/^3×3/);
    expect(gate.shuffledFrame!.sequences).toBe(32);
    // All of its 95 % interval lies above zero.
    expect(gate.shuffledFrame!.interval![0]).toBeGreaterThan(0);
    // Rules of training are no easier for who infers them from the context.
    const { seenRules, loss } = gate;
    expect(seenRules!.sequences).toBe(32);
    expect(Math.abs(seenRules!.loss - loss)).toBeLessThan(4 * seenRules!.standardError);
    expect(gate.byFrame).toHaveLength(4);
    expect(gate.byFrame.at(-1)).toBeLessThan(gate.byFrame[0]!);
  });

  test('predictors that remember less than the model was trained on cap the verdict where rules come again', async () => {
    const opened = open({ kind: 'nca', ...NCA, rules: 4 });
    const judge = async (trainedSequences: number) =>
      (await measureGate({ ...opened.data, trainedSequences }, mixLookup(opened))).gate;
    expect(opened.data.trainedSequences).toBe(160);
    expect((await judge(160)).reasons.join(' ')).not.toContain('Rules come again');
    const capped = await judge(161);
    expect(capped.heldOutRules).toBe('reused');
    expect(capped.verdict).toBe('statistics');
    expect(capped.reasons.join(' ')).toContain('remember 160 of the 161 sequences');
    // Of fresh rules there is nothing to remember.
    const fresh = open({ kind: 'nca', ...NCA });
    const data = { ...fresh.data, trainedSequences: 10_000 };
    expect((await measureGate(data, mixLookup(fresh))).gate.verdict).toBe('dynamics');
  });

  test('sequences under seen rules have the rules of training, and other states', () => {
    const { data } = open({ kind: 'nca', ...NCA });
    const drawn = data.seenRules!(16);
    expect(drawn).toHaveLength(16);
    expect(open({ kind: 'nca', ...NCA }).data.seenRules!(16)).toEqual(drawn);
    const training = data.trainingSample();
    const others = drawn.filter((tokens, i) => String(tokens) !== String(training[i]));
    expect(others.length).toBeGreaterThan(8);
    // What follows a neighborhood under the rule of one is what follows it in the other, noise apart.
    const agreement = (shift: number) => {
      let [same, all] = [0, 0];
      drawn.forEach((tokens, i) => {
        const known = listTransitions(training[(i + shift) % 16]!);
        for (const [before, after] of listTransitions(tokens)) {
          if (!known.has(before)) continue;
          all += 1;
          same += Number(known.get(before) === after);
        }
      });
      return same / all;
    };
    expect(agreement(0)).toBeGreaterThan(0.99);
    expect(agreement(1)).toBeLessThan(0.9);
  });

  test('the gate draws nothing from the streams of training and held-out sequences', () => {
    const { data } = open({ kind: 'nca', ...NCA });
    const before = [String(data.batch(3).inputs), String(data.heldOutSequences[5])];
    data.seenRules!(8);
    expect([String(data.batch(3).inputs), String(data.heldOutSequences[5])]).toEqual(before);
    expect(data.gateKey).toEqual(foldIn(keyFromSeed(1), 'gate'));
  });
});
