import { describe, expect, test } from 'vitest';
import type { ParamSpec, Tree } from '../core/index.ts';
import { createModel, MODELS } from '../nn/index.ts';
import { requireMesh, requireMeshDivides, requireMeshDraws } from './require-mesh.ts';

const engine = (change: object) => ({
  device: 'xla:cpu' as const,
  threads: null,
  mesh: { data: 2, model: 2 },
  shard: false,
  precision: 'float32' as const,
  ...change,
});

describe('engine.mesh', () => {
  test('is of XLA', () => {
    expect(() => requireMesh(engine({}), 'my.json')).not.toThrow();
    expect(() => requireMesh(engine({ device: 'cpu' }), 'my.json')).toThrow(
      "my.json: engine.mesh: 'cpu' of onnxruntime is one device, not 4",
    );
    expect(() =>
      requireMesh(engine({ device: 'cpu', mesh: { data: 1, model: 1 } }), 'my.json'),
    ).not.toThrow();
  });

  test('is there where parameters are spread', () => {
    const shard = { shard: true };
    expect(() => requireMesh(engine(shard), 'my.json')).not.toThrow();
    for (const mesh of [null, { data: 1, model: 2 }]) {
      expect(() => requireMesh(engine({ ...shard, mesh }), 'my.json')).toThrow(
        'my.json: engine.shard has no meaning without several devices',
      );
    }
  });
});

describe('a mesh divides', () => {
  const specsOf = (options: object) =>
    createModel(
      MODELS,
      'llama',
      { hiddenSize: 24, layers: 1, ...options },
      { vocabSize: 9, contextLength: 8 },
    ).params as Tree<ParamSpec>;
  const divide =
    (mesh: object | null, sizes: { batchSize: number; accumulate: number }, heads = {}) =>
    () =>
      requireMeshDivides(engine({ mesh }), 'stages.a', sizes, specsOf({ heads: 4, ...heads }));
  const sizes = { batchSize: 8, accumulate: 1 };

  test('the rows of a batch', () => {
    expect(divide({ data: 4, model: 1 }, sizes)).not.toThrow();
    expect(divide({ data: 3, model: 1 }, sizes)).toThrow(
      'stages.a: engine.mesh.data 3 does not divide a batch of 8 sequences',
    );
    expect(divide({ data: 4, model: 1 }, { batchSize: 8, accumulate: 4 })).toThrow(
      'engine.mesh.data 4 does not divide a batch of 8 sequences in 4 parts of 2',
    );
    expect(divide(null, { batchSize: 7, accumulate: 1 })).not.toThrow();
  });

  test('the heads of attention', () => {
    expect(divide({ data: 1, model: 4 }, sizes)).not.toThrow();
    expect(divide({ data: 1, model: 3 }, sizes)).toThrow(
      'stages.a: engine.mesh.model 3 does not divide the 4 heads of model.layers.0.self_attn.q_proj.weight',
    );
    expect(divide({ data: 1, model: 4 }, sizes, { kvHeads: 2 })).toThrow('the 2 heads of');
  });
});

test('sequences that a device draws are for one device', () => {
  const draw = (mesh: object | null, drawnOnDevice: boolean) => () =>
    requireMeshDraws(engine({ mesh }), 'stages.a', { drawnOnDevice });
  expect(draw({ data: 2, model: 1 }, true)).toThrow(
    "stages.a: drawOn: 'device' is for one device; engine.mesh has 2",
  );
  expect(draw({ data: 2, model: 1 }, false)).not.toThrow();
  expect(draw({ data: 1, model: 1 }, true)).not.toThrow();
  expect(draw(null, true)).not.toThrow();
});
