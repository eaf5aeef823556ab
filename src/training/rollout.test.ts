// What a finished model is judged by, against counts and losses done by hand.

import { describe, expect, test } from 'vitest';
import { foldIn, keyFromSeed } from '../core/index.ts';
import { createCharactersWorld, createRetrievalWorld } from '../worlds/index.ts';
import { createNcaWorld } from '../worlds/nca/index.ts';
import { measureRollout } from './measure-rollout.ts';
import { measureNgrams } from './ngram-losses.ts';

const key = keyFromSeed(4);
const HELD_OUT = foldIn(key, 'held-out');
const bytes = (text: string) => new TextEncoder().encode(text);

describe('counting', () => {
  test('gives chance where answers are uniform', () => {
    const world = createRetrievalWorld({ symbols: 8, sequenceLength: 9 });
    const counts = { sequences: 4000, heldOut: 4000 };
    const found = measureNgrams({ training: world, heldOut: world }, key, HELD_OUT, counts);
    expect(found.unigramLoss).toBeGreaterThan(Math.log(8) - 0.02);
    expect(found.unigramLoss).toBeLessThan(Math.log(8) + 0.05);
    // Every answer follows the same query: pairs tell no more.
    expect(Math.abs(found.bigramLoss! - found.unigramLoss)).toBeLessThan(0.01);
    expect(Math.abs(found.unigramAccuracy - 1 / 8)).toBeLessThan(0.03);
    const mean = found.lossBySequence.reduce((a, b) => a + b) / found.lossBySequence.length;
    expect(mean).toBeCloseTo(Math.min(found.unigramLoss, found.bigramLoss!), 9);
  });

  test('knows what follows what, by the formula', () => {
    const world = createCharactersWorld(bytes('ab'.repeat(50)), { sequenceLength: 11 });
    const counts = { sequences: 500, heldOut: 200 };
    const { unigramLoss, bigramLoss, bigramAccuracy } = measureNgrams(
      { training: world, heldOut: world },
      key,
      HELD_OUT,
      counts,
    );
    expect(unigramLoss).toBeCloseTo(Math.log(2), 1);
    expect(bigramAccuracy).toBe(1);
    // n pairs of one kind and a prior of one occurrence that gives the right token about a half.
    expect(bigramLoss!).toBeGreaterThan(0);
    expect(bigramLoss!).toBeLessThan(1 / 2000);
  });

  test('judges text that was never counted by its prior, finitely', () => {
    const training = createCharactersWorld(bytes('ab'.repeat(20)), { sequenceLength: 8 });
    const heldOut = createCharactersWorld(bytes('cd'.repeat(20)), { sequenceLength: 8 });
    const found = measureNgrams({ training, heldOut }, key, HELD_OUT, { sequences: 9, heldOut: 9 });
    expect(found.bigramLoss!).toBeGreaterThan(5);
    expect(Number.isFinite(found.bigramLoss!)).toBe(true);
    expect(found.unigramAccuracy).toBe(0);
  });

  test('leaves pairs out where there are too many kinds', () => {
    const world = createNcaWorld({ colors: 10, grid: 8, patch: 2, band: { kind: 'none' } });
    expect(world.vocabSize).toBeGreaterThan(2048);
    const small = { ...world, sequenceLength: 40 };
    const counts = { sequences: 2, heldOut: 2 };
    const found = measureNgrams({ training: small, heldOut: small }, key, HELD_OUT, counts);
    expect(found.bigramLoss).toBeNull();
    expect(found.unigramLoss).toBeGreaterThan(0);
  });
});

describe('a rollout', () => {
  const length = 6;
  const batch = (weights?: number[]) => ({
    inputs: new Int32Array(2 * length),
    targets: Int32Array.from({ length: 2 * length }, (_, i) => i % 5),
    ...(weights ? { weights: Float32Array.from(weights) } : {}),
  });
  /** Of two sequences, the first of which is predicted. */
  const judged = (loss: (row: number, read: number) => number) => ({
    losses: Float32Array.from({ length: 2 * length }, (_, i) =>
      loss(Math.floor(i / length), (i % length) + 1),
    ),
    predictions: BigInt64Array.from({ length: 2 * length }, (_, i) =>
      i < length ? BigInt(i % 5) : 99n,
    ),
  });

  test('is judged by position, as a whole, and by its slope', () => {
    const losses = judged((row, read) => (row === 0 ? read : 2 * read));
    const found = measureRollout(losses, batch(), length, 2);
    expect(found.lossByPosition).toEqual([1.5, 3, 4.5, 6, 7.5, 9]);
    expect(found.loss).toBeCloseTo(5.25);
    expect(found.accuracy).toBe(0.5);
    expect(found.lossBySequence).toEqual([3.5, 7]);
    expect(found.slopeFrom).toBe(2);
    // Slopes 1 and 2 of two sequences: t of 0.975 with one degree is 12.706.
    expect(found.slope).toBeCloseTo(1.5);
    expect(found.slopeInterval![1] - 1.5).toBeCloseTo(12.706 * 0.5, 2);
  });

  test('counts only the targets that do, and has no slope where one does', () => {
    const last = [0, 0, 0, 0, 0, 1];
    const found = measureRollout(
      judged(() => 3),
      batch([...last, ...last]),
      length,
      length,
    );
    expect(found.lossByPosition).toEqual([null, null, null, null, null, 3]);
    expect(found).toMatchObject({ accuracy: 0.5, slope: null, slopeInterval: null });
    expect(found.lossBySequence).toEqual([3, 3]);
    expect(found.slopeFrom).toBe(3);
  });
});
