import { expect, test } from 'vitest';
import { foldIn, keyFromSeed, normal } from '../../core/index.ts';
import { resolveNcaOptions } from './options.ts';
import { rolloutNca, sampleInitialState } from './rollout.ts';
import { sampleNcaRule } from './rule.ts';
import { createNcaStep } from './step.ts';

test('initial cells follow the softmax of the normal logits', () => {
  const key = keyFromSeed(8);
  const grid = 300;
  const cells = sampleInitialState(5, grid, key);
  const weights = Array.from(normal(foldIn(key, 'initial logits'), 5), Math.exp);
  const total = weights.reduce((a, b) => a + b, 0);
  for (let state = 0; state < 5; state++) {
    const share = cells.filter((cell) => cell === state).length / cells.length;
    const p = weights[state]! / total;
    expect(Math.abs(share - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / cells.length));
  }
});

test('frames are the states after burn-in, dt steps apart', () => {
  const options = resolveNcaOptions({ burnIn: 3, dt: 2, temperature: 0.01 });
  const rule = sampleNcaRule(options, keyFromSeed(1));
  const key = keyFromSeed(2);
  const step = createNcaStep(rule, options, foldIn(key, 'noise'));
  const trajectory = [sampleInitialState(10, 12, key)];
  for (let t = 0; t < 9; t++) {
    const next = new Uint8Array(144);
    step(trajectory[t]!, next, t);
    trajectory.push(next);
  }
  const states = rolloutNca(options, rule, key, 4);
  expect(states).toMatchObject({ grid: 12, frames: 4 });
  for (let frame = 0; frame < 4; frame++) {
    expect(states.cells.subarray(frame * 144, (frame + 1) * 144)).toEqual(
      trajectory[3 + 2 * frame],
    );
  }
});

test('without burn-in the first frame is the initial state, and fewer frames are a prefix', () => {
  const options = resolveNcaOptions({ burnIn: 0 });
  const rule = sampleNcaRule(options, keyFromSeed(1));
  const states = rolloutNca(options, rule, keyFromSeed(2), 5);
  expect(states.cells.subarray(0, 144)).toEqual(sampleInitialState(10, 12, keyFromSeed(2)));
  const fewer = rolloutNca(options, rule, keyFromSeed(2), 2);
  expect(fewer.cells).toEqual(states.cells.subarray(0, 288));
});
