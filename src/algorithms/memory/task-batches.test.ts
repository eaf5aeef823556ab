import { expect, test } from 'vitest';
import { keyFromSeed } from '../../core/index.ts';
import { createStackWorld, drawTokens, maskTargets } from '../../worlds/index.ts';
import { batchSequences, drawBatch } from './task-batches.ts';

const KEY = keyFromSeed(6);

test('batches of a world: inputs, targets, and the mask as weights', () => {
  const world = createStackWorld({ sequenceLength: 12 });
  const tokens = drawTokens(world, KEY, 5);
  const { inputs, targets, weights } = drawBatch(world, KEY, 2, 2);
  expect([...inputs.subarray(11)]).toEqual([...tokens.subarray(0, 11)]);
  expect([...targets.subarray(11)]).toEqual([...tokens.subarray(1)]);
  expect([...weights!.subarray(11)]).toEqual([...maskTargets(world, tokens).subarray(1)]);
  const plain = batchSequences({ firstTarget: 3 }, [Int32Array.from([1, 2, 3, 4, 5])]);
  expect([...plain.weights!]).toEqual([0, 0, 1, 1]);
});
