import { expect, test } from 'vitest';
import { foldIn, keyFromSeed } from '../../core/index.ts';
import { createNcaWorld } from '../../worlds/nca/index.ts';
import { createStackWorld } from '../../worlds/tasks/stack.ts';
import { drawTokens } from '../../worlds/world.ts';
import { meanByFrame, meanBySequence } from './frame-sums.ts';
import { measureBaselines } from './judge-gate.ts';

test('sequences without a target have no mean, and leave the others as they are', () => {
  const world = createStackWorld({ symbols: 2, sequenceLength: 4 });
  // Pushes alone; a push, a pop and what came off, then a push; a pop without an answer.
  const sequences = [
    [0, 1, 0, 1],
    [1, 2, 4, 0],
    [0, 1, 1, 2],
  ].map((row) => Int32Array.from(row));
  const losses = [
    [5, 5],
    [0.25, 7],
    [5, 5],
  ];
  expect(meanBySequence(world, sequences, losses)).toEqual([0.25]);
});

test('predictors have a loss where some sequences have no target', () => {
  const world = createStackWorld({ sequenceLength: 5 });
  const draw = (name: string) =>
    Array.from({ length: 256 }, (_, i) => drawTokens(world, foldIn(keyFromSeed(0), name), i));
  const heldOut = draw('held-out');
  const { baselines, losses } = measureBaselines(world, draw('train'), heldOut);
  const withTargets = heldOut.filter((tokens) => tokens.some((token) => token > 4)).length;
  expect(withTargets).toBeLessThan(256);
  for (const { loss } of baselines) expect(loss).toBeGreaterThan(0);
  for (const entry of losses) expect(entry.losses).toHaveLength(withTargets);
});

test('the last frame is one that has a cell', () => {
  // Frames of start, four cells, end; the last token is the start of a fourth frame, or its first cell.
  const frames = (sequenceLength: number) => {
    const world = createNcaWorld({ colors: 2, grid: 2, patch: 1, sequenceLength });
    const tokens = drawTokens(world, keyFromSeed(0), 0);
    return meanByFrame(world, [tokens], [new Float64Array(sequenceLength).fill(0.5)]);
  };
  expect(frames(19)).toEqual([0.5, 0.5]);
  expect(frames(20)).toEqual([0.5, 0.5, 0.5]);
});
