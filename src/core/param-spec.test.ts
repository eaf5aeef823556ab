// Where the random stream of a parameter comes from.
import { expect, test } from 'vitest';
import { initParams, normalInit, type ParamSpec, scoped } from './param-spec.ts';
import { foldIn, keyFromSeed } from './rng.ts';

const KEY = keyFromSeed(5);
const leaf: ParamSpec = {
  dtype: 'float32',
  shape: [2, 3],
  init: normalInit(1),
  role: 'mixer',
};
const part = { layers: [{ query: leaf }, { query: leaf }] };

test('a scoped part begins as it would by itself', () => {
  const { encoder } = initParams({ encoder: scoped(part) }, KEY);
  expect(encoder).toEqual(initParams(part, foldIn(KEY, 'encoder')));
  expect(encoder).not.toEqual(initParams({ encoder: part }, KEY).encoder);
});

test('a subtree that is taken out of a model keeps its scopes', () => {
  const { encoder } = { encoder: scoped(part) };
  const apart = initParams(encoder, KEY);
  expect(apart.layers[0]).toEqual(initParams({ '0': { query: leaf } }, foldIn(KEY, 'layers'))[0]);
  expect(apart).not.toEqual(initParams(part, KEY));
});
