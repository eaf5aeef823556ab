// What every model of the registry promises: a new one needs sizes in test/support/model-conformance.ts, and nothing else.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type ArraySpec,
  arrayOf,
  countElements,
  flattenTree,
  isArraySpec,
  isParamSpec,
  type ParamSpec,
  type Tree,
} from '../../src/core/index.ts';
import { writeSafetensors } from '../../src/files/safetensors.ts';
import {
  describeModel,
  MODELS,
  type Model,
  type ModelKind,
  namedTensors,
} from '../../src/nn/index.ts';
import { findLearner, loadModel, saveLearner, saveModel } from '../../src/run/index.ts';
import { openDevice } from '../../src/tensor/index.ts';
import {
  describeModels,
  idsOf,
  modelOf,
  paramsOf,
  SMALL_MODELS,
  SMALL_SIZES,
} from '../support/model-conformance.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-models-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const shapesOf = ({ params }: Model) =>
  flattenTree<ParamSpec>(params, isParamSpec).map(([name, { shape }]) => [name, shape]);

describeModels(() => openDevice({ threads: 1 }));

describe.each(Object.keys(MODELS) as ModelKind[])('%s', (kind) => {
  const model = modelOf(kind);
  const { stepping } = model;

  test('has the kind that it is registered under', () => {
    expect(model.kind).toBe(kind);
    expect(MODELS[kind].kind).toBe(kind);
  });

  test('goes through files, and is described by them in full', () => {
    const sizes = SMALL_SIZES;
    const description = describeModel(MODELS, kind, SMALL_MODELS[kind], sizes);
    const params = paramsOf(model, 'float32');
    const named = namedTensors(params);
    expect(Object.keys(named)).toHaveLength(flattenTree(model.params, isParamSpec).length);
    const directory = path.join(folder, kind);
    saveModel(directory, MODELS, { model: description, params: named }, 7);
    const loaded = loadModel(directory, MODELS);
    expect(loaded.params).toEqual(params);
    expect(loaded.description).toEqual(description);
    expect(shapesOf(loaded.model)).toEqual(shapesOf(model));
    // A description is whole: nothing is filled in when it is described again.
    expect(describeModel(MODELS, kind, description.options, sizes)).toEqual(description);
    const { [kind]: _, ...others } = MODELS;
    expect(() => loadModel(directory, others)).toThrow(/config\.json: the model is/);
    rmSync(path.join(directory, 'checkpoint.json'));
    const [first] = Object.keys(named);
    writeSafetensors(path.join(directory, 'model.safetensors'), { ...named, [first!]: idsOf('a') });
    expect(() => loadModel(directory, MODELS)).toThrow(`the tensor '${first}' has shape`);
  });

  test('goes on from a checkpoint, and refuses one of another model', () => {
    const directory = path.join(folder, `${kind}-checkpoints`);
    const describeWith = (more: object) => ({
      stage: 'x',
      model: describeModel(MODELS, kind, { ...SMALL_MODELS[kind], ...more }, SMALL_SIZES),
    });
    const snapshot = {
      params: namedTensors(paramsOf(model, 'float32')),
      optimizer: { m: arrayOf('float32', [1], 1) },
    };
    const saved = saveLearner({
      directory,
      registry: MODELS,
      step: 3,
      keepLast: 1,
      snapshot,
      ...describeWith({}),
    });
    const find = (more: object) =>
      findLearner(directory, MODELS, describeWith(more), 1, expect.unreachable);
    expect(find({})).toEqual({ ...snapshot, stage: 'x', step: 3, algorithm: {} });
    expect(() => find({ intermediateSize: 10 })).toThrow('intermediateSize 6 against 10');
    expect(loadModel(saved, MODELS).params).toEqual(paramsOf(model, 'float32'));
    // A learner that trains more than the model keeps all of it, and is not taken for a model.
    const more = { ...snapshot.params, teacher: arrayOf('float32', [2], [1, 2]) };
    const other = saveLearner({
      directory,
      registry: MODELS,
      step: 4,
      keepLast: 1,
      ...describeWith({}),
      algorithm: { width: 2 },
      snapshot: { ...snapshot, params: more },
    });
    expect(() => find({})).toThrow('width 2 against none');
    expect(() => loadModel(other, MODELS)).toThrow('has no model.safetensors');
  });

  test('has a state that grows with its capacity, or does not, as it says', () => {
    if (!stepping) return;
    const sizeAt = (capacity: number) =>
      countElements(stepping.specs({ batch: 1, capacity }) as Tree<ArraySpec>);
    if (stepping.growth === 'constant') expect(sizeAt(1000)).toBe(sizeAt(1));
    else expect(sizeAt(1000)).toBeGreaterThan(sizeAt(500));
  });

  test('says what each parameter is for', () => {
    const roles = flattenTree<ParamSpec>(model.params, isParamSpec).map(([, { role }]) => role);
    expect(roles).toContain('embedding');
    expect(roles).toContain('mixer');
    expect(flattenTree(model.params, isArraySpec)).toHaveLength(roles.length);
  });
});
