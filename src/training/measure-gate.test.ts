// The gate from end to end: what an untrained model, a scripted one and one of a control get.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestLearner } from '../../test/support/open-learner.ts';
import { ALGORITHMS } from '../algorithms/index.ts';
import { foldIn, keyFromSeed } from '../core/index.ts';
import {
  createBackoffPredictor,
  neighboringTokens,
  openTokenLosses,
  type ParamState,
  samePlace,
  scoreSequences,
} from '../eval/index.ts';
import { createModel, MODELS, type Model } from '../nn/index.ts';
import { type Device, openDevice } from '../tensor/index.ts';
import { openData } from './data/open-data.ts';
import { DATA } from './data/registry.ts';
import { type JudgeTokens, measureGate } from './measure-gate.ts';

// A cell per token, whose rules are inferred from a few frames.
const NCA = { colors: 2, grid: 6, patch: 1, burnIn: 2, band: { kind: 'none' } };

const SIZES = { contextLength: 189, batchSize: 8 };

/** Sequences that models were trained on, as far as the gate knows. */
const TRAINING = 48;

const open = async (
  world: { readonly kind: string; readonly [option: string]: unknown },
  heldOutSequences = 64,
) => {
  const data = await openData(DATA, world, {
    ...SIZES,
    key: keyFromSeed(1),
    steps: TRAINING / SIZES.batchSize,
    heldOutSequences,
    directory: null,
    seed: 0,
  });
  return { data, inputs: { ...data.gate!, batchSize: 8 } };
};

type Opened = Awaited<ReturnType<typeof open>>;

/** A model that gives half its probability to the look-up of neighborhoods, half to that of the place. */
async function mixLookup({ inputs: { world, trainingSample } }: Opened): Promise<JudgeTokens> {
  const framed = { ...world, frame: world.frame! };
  const options = { training: await trainingSample(), remember: false };
  const lookup = createBackoffPredictor(world, neighboringTokens(framed), options);
  const blind = createBackoffPredictor(world, samePlace(framed, 0), options);
  return async ({ inputs, targets }) => {
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

  async function openModel({ data }: Opened) {
    const { vocabSize, firstPosition } = data;
    const sizes = { vocabSize, contextLength: 189 };
    const model = createModel(MODELS, 'llama', { hiddenSize: 16, layers: 1, heads: 2 }, sizes);
    const learner = await openTestLearner(device, ALGORITHMS['next-token'], {
      model,
      data,
      key: keyFromSeed(2),
    });
    const losses = await openTokenLosses(device, model, { ...SIZES, firstPosition });
    const state = learner.model.state as ParamState<Model['params']>;
    const judge: JudgeTokens = (batch) => losses.run(state, batch);
    const close = async () => {
      await Promise.all([losses.close(), learner.close()]);
    };
    return { learner, judge, close };
  }

  test('an untrained model has learned nothing', async () => {
    const opened = await open({ kind: 'nca', ...NCA });
    const { judge, close } = await openModel(opened);
    const { gate } = await measureGate(opened.inputs, judge);
    await close();
    expect(gate.verdict).toBe('nothing');
    expect(gate.reasons[0]).toContain('NOT below the global baselines');
    // It guesses evenly over the four ids: ln 4 on 36 of 38 targets, delimiters left out.
    expect(gate.loss).toBeCloseTo((Math.log(4) * 36) / 38, 1);
  });

  test('a model trained on shuffled sequences has learned statistics at most', async () => {
    const opened = await open({ kind: 'shuffled', of: NCA });
    const { learner, judge, close } = await openModel(opened);
    for (let step = 0; step < 40; step++) {
      await learner.step(await opened.data.batch(step), { step, learningRate: 1e-2 });
    }
    const { gate } = await measureGate(opened.inputs, judge);
    const { inputs } = await open({ kind: 'nca', ...NCA });
    const { gate: unshuffled } = await measureGate(inputs, judge);
    await close();
    // On sequences in their order too: frequencies are all it has.
    expect(unshuffled).toMatchObject({
      verdict: 'statistics',
      control: false,
      heldOutRules: 'fresh',
    });
    expect(unshuffled.bestBlind!.name).toBe('blind mixture');
    expect(gate).toMatchObject({ verdict: 'statistics', control: true, seenRules: null });
    // Nor does it lose where the frame before is shuffled once more.
    expect(gate.shuffledFrame!.shuffledLoss - gate.shuffledFrame!.loss).toBeLessThan(0.05);
  });

  test('a scripted model that looks neighborhoods up has learned dynamics, and loses without them', async () => {
    const opened = await open({ kind: 'nca', ...NCA });
    const { gate } = await measureGate(opened.inputs, await mixLookup(opened));
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
    const opened = await open({ kind: 'nca', ...NCA, rules: 4 }, 16);
    const mixed = await mixLookup(opened);
    const judge = async (trainedSequences: number) =>
      (await measureGate({ ...opened.inputs, trainedSequences }, mixed)).gate;
    expect(opened.inputs.trainedSequences).toBe(TRAINING);
    expect((await judge(TRAINING)).reasons.join(' ')).not.toContain('Rules come again');
    const capped = await judge(TRAINING + 1);
    expect(capped.heldOutRules).toBe('reused');
    expect(capped.verdict).toBe('statistics');
    expect(capped.reasons.join(' ')).toContain(
      `remember ${TRAINING} of the ${TRAINING + 1} sequences`,
    );
    // Of fresh rules there is nothing to remember.
    const fresh = await open({ kind: 'nca', ...NCA }, 16);
    const data = { ...fresh.inputs, trainedSequences: 10_000 };
    expect((await measureGate(data, await mixLookup(fresh))).gate.verdict).toBe('dynamics');
  });

  test('losses and predictions are read in the order of sequences', async () => {
    const data = await openData(
      DATA,
      { kind: 'nca', colors: 2, grid: 4, band: { kind: 'none' } },
      {
        contextLength: 23,
        batchSize: 2,
        steps: 5,
        heldOutSequences: 6,
        key: keyFromSeed(1),
        directory: null,
        seed: 0,
      },
    );
    // Right from the third frame on, in every sequence.
    const judge: JudgeTokens = async ({ targets }) => {
      const losses: number[] = [];
      const predictions: bigint[] = [];
      for (let row = 0; row < 2; row++) {
        const own = targets.subarray(row * 23 + 5, (row + 1) * 23);
        own.forEach((token, i) => {
          const knows = i >= 6;
          losses.push(knows ? 0.5 : 2);
          predictions.push(knows ? BigInt(token) : 99n);
        });
      }
      return { losses: Float32Array.from(losses), predictions: BigInt64Array.from(predictions) };
    };
    const { gate, examples } = await measureGate({ ...data.gate!, batchSize: 2 }, judge);
    expect(gate.accuracyByFrame).toEqual([0, 1, 1]);
    // Of a frame's six targets two are delimiters, whose loss does not count.
    expect(gate.loss).toBeCloseTo((4 * 2 + 8 * 0.5) / 18, 10);
    expect(gate.byFrame).toEqual([2, 0.5, 0.5]);
    expect(examples).toHaveLength(2);
    for (const { tokens, predicted, accuracy } of examples) {
      expect(data.gate!.heldOutSequences.map(String)).toContain(String(tokens));
      expect(predicted.slice(0, 6)).toEqual(tokens.slice(0, 6));
      expect(predicted.slice(6, 12)).toEqual(Array(6).fill(99));
      expect(predicted.slice(12)).toEqual(tokens.slice(12));
      expect(accuracy).toBeCloseTo(12 / 18, 10);
    }
  });

  test('sequences under seen rules have the rules of training, and other states', async () => {
    const { inputs: data } = await open({ kind: 'nca', ...NCA });
    const drawn = data.seenRules!(16);
    expect(drawn).toHaveLength(16);
    const again = await open({ kind: 'nca', ...NCA });
    expect(again.inputs.seenRules!(16)).toEqual(drawn);
    const training = await data.trainingSample();
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

  test('the gate draws nothing from the streams of training and held-out sequences', async () => {
    const { data, inputs } = await open({ kind: 'nca', ...NCA });
    const streams = async () => {
      const batch = await data.batch(3);
      return [String(batch.inputs), String(inputs.heldOutSequences[5])];
    };
    const before = await streams();
    inputs.seenRules!(8);
    expect(await streams()).toEqual(before);
    expect(inputs.gateKey).toEqual(foldIn(keyFromSeed(1), 'gate'));
  });
});
