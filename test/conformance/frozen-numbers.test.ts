// The same numbers for the same seeds: parameters' names, their random streams and the first steps of training.

import { expect, test } from 'vitest';
import { openDevice } from '../../src/tensor/index.ts';
import {
  type FirstSteps,
  hashInitialValues,
  hashTransfers,
  trainCell,
  trainLlama,
} from '../support/frozen-numbers.ts';

test('initial values of every model, to the bit', () => {
  expect(hashInitialValues()).toEqual({
    'llama plain': '7904c2b21bde917a',
    'llama tied': '2e44052f5fa0a802',
    'llama biased': 'ec7bddcd41a48d79',
    'llama qwen': 'ecb1086e85e7a304',
    'smt transformer': 'f263d8165fccfed5',
    'network transformer': '0dfe10197483ce48',
    'smt gru': 'cd405fbe3ebefafe',
    'network gru': 'd240d15a92b2783b',
    'smt lstm': '4e48fb5f5e991c0d',
    'network lstm': '74b82c3446250f26',
    'smt mlp': 'a7f5d34f4c44a7b4',
    'network mlp': 'a0e9bf788e534c52',
  });
});

test('what transfer carries over, scrambles and starts anew, to the bit', () => {
  expect(hashTransfers()).toEqual({
    attention: '826f5a00ce242470',
    'a layer, rescaled': '9ad33a4913aaa81e',
    'query and head': 'f5513bb4cb579d5b',
    permuted: 'f75a0209c7c76782',
    rotated: 'b4ff4d902c308c4e',
  });
});

test('losses and gradient norms of first steps', async () => {
  const device = openDevice({ threads: 1 });
  const biased = await trainLlama(device, { attentionBias: 'qkvo', mlpBias: true });
  const { smt, dmt, frozenInitial, learnedInitial } = await trainCell(device, 'gru');
  await device.close();
  // The last digits are the processor's.
  const near = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 4));
  const check = ({ losses, norms }: FirstSteps, loss: number[], norm: number[]) => {
    expect(losses).toEqual(near(loss));
    expect(norms).toEqual(near(norm));
  };
  check(biased, [2.573029, 2.473667, 2.352893], [1.422484, 1.447091, 1.477371]);
  check(smt, [2.312842, 1.662996, 1.9205], [5.589358, 2.664752, 2.938567]);
  check(dmt, [25.39296, 20.730356, 16.270746], [10.656781, 12.055708, 9.974888]);
  check(frozenInitial, [1.740777, 1.530763, 1.92308], [5.65723, 2.955266, 4.110564]);
  check(learnedInitial, [1.740777, 1.519775, 2.215144], [5.834872, 3.033113, 7.171698]);
});
