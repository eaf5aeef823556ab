import { describe, expect, test } from 'vitest';
import { keyFromSeed } from '../core/index.ts';
import { measureGate } from './measure-gate.ts';
import type { JudgedModel } from './open-judged-model.ts';
import { parseRecipe } from './recipe.ts';
import { createSourceData, createSourceWorld, firstPosition } from './source-stage.ts';

const recipe = (changes: object = {}) =>
  parseRecipe(
    {
      name: 'x',
      source: {
        world: { kind: 'nca', colors: 2, grid: 4, band: { kind: 'none' } },
        contextLength: 23,
        batchSize: 2,
        steps: 5,
        heldOutSequences: 6,
        ...changes,
      },
    },
    'test',
  ).source!;

const open = (changes: object = {}) => {
  const source = recipe(changes);
  return createSourceData(source, createSourceWorld(source), keyFromSeed(1));
};

describe('createSourceData', () => {
  test('takes the world as the recipe says, one token longer than the context', () => {
    const { world } = open();
    expect(world).toMatchObject({
      options: { colors: 2, grid: 4, sequenceLength: 24, hidden: 16 },
    });
    expect(world.frameLength).toBe(6);
    // The input before the first target: the last token of the first frame.
    expect(firstPosition(world)).toBe(5);
  });

  test('batches are pure functions of the step, and targets the inputs one token on', () => {
    const data = open();
    const step3 = data.batch(3);
    expect(open().batch(3)).toEqual(step3);
    expect(data.batch(4).inputs).not.toEqual(step3.inputs);
    for (let row = 0; row < 2; row++) {
      const at = row * 23;
      expect(step3.targets.slice(at, at + 22)).toEqual(step3.inputs.slice(at + 1, at + 23));
    }
  });

  test('parts of a step are one batch after the other', () => {
    const whole = open({ accumulate: 3 });
    const parts = open({ batchSize: 6 });
    expect(whole.batch(2)).toEqual(parts.batch(2));
  });

  test('held-out sequences fill whole batches, and are none of the training ones', () => {
    const data = open({ batchSize: 4, heldOutSequences: 6 });
    expect(data.heldOutSequences).toHaveLength(8);
    expect(data.heldOut).toHaveLength(2);
    expect(data.heldOut[1]!.inputs.slice(0, 23)).toEqual(data.heldOutSequences[4]!.slice(0, 23));
    const training = new Set([0, 1, 2, 3, 4].map((step) => String(data.batch(step).inputs)));
    for (const { inputs } of data.heldOut) expect(training.has(String(inputs))).toBe(false);
  });

  test('the sample for baselines is what training saw first', () => {
    const data = open();
    const sample = data.trainingSample();
    expect(sample).toHaveLength(10);
    expect(sample[3]!.slice(0, 23)).toEqual(data.batch(1).inputs.slice(23, 46));
  });
});

describe('measureGate', () => {
  test('reads losses and predictions in the order of sequences', async () => {
    const data = open();
    const targetsOf = (tokens: Int32Array) => tokens.subarray(6);
    // Right from the third frame on, in every sequence.
    const learner = {
      tokenLosses: async ({ targets }: { targets: Int32Array }) => {
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
        return {
          losses: Float32Array.from(losses),
          predictions: BigInt64Array.from(predictions),
        };
      },
    } as unknown as JudgedModel;
    const { gate, examples } = await measureGate(data, learner);
    expect(gate.accuracyByFrame).toEqual([0, 1, 1]);
    // Of a frame's six targets two are delimiters, whose loss does not count.
    expect(gate.loss).toBeCloseTo((4 * 2 + 8 * 0.5) / 18, 10);
    expect(gate.byFrame).toEqual([2, 0.5, 0.5]);
    expect(examples).toHaveLength(2);
    for (const { tokens, predicted, accuracy } of examples) {
      expect(data.heldOutSequences.map(String)).toContain(String(tokens));
      expect(predicted.slice(0, 6)).toEqual(tokens.slice(0, 6));
      expect(predicted.slice(6, 12)).toEqual(Array(6).fill(99));
      expect(predicted.slice(12)).toEqual([...targetsOf(Int32Array.from(tokens)).subarray(6)]);
      expect(accuracy).toBeCloseTo(12 / 18, 10);
    }
  });
});
