// Parameters before they have values: a model is a tree of specs, which determine how parameters are treated.

import { type ArraySpec, arrayOf, isArraySpec, type NdArray, type Shape, sizeOf } from './array.ts';
import { foldIn, type Key, normal } from './rng.ts';
import { type MapLeaves, mapTree, type Tree } from './tree.ts';

/** Initial values of a parameter: a pure function of its key and shape. */
export type Initializer = (key: Key, shape: Shape) => Float32Array;

/** Initial values of zero. */
export const zerosInit: Initializer = (_, shape) => new Float32Array(sizeOf(shape));
/** Initial values of one. */
export const onesInit: Initializer = (_, shape) => new Float32Array(sizeOf(shape)).fill(1);

/** Normal numbers of standard deviation `std`. */
export function normalInit(std: number): Initializer {
  const scale = Math.fround(std);
  return (key, shape) => {
    const data = normal(key, sizeOf(shape));
    for (let i = 0; i < data.length; i++) data[i]! *= scale;
    return data;
  };
}

/**
 * The role of a parameter. A mixer lets positions see each other, an mlp does not. Memory is an initial state, or the registers
 * into which an encoder writes one.
 */
export type ParamRole = 'embedding' | 'mixer' | 'mlp' | 'norm' | 'head' | 'memory';

/** Parts of a mixer or an mlp. A projection's bias belongs to its part; `bias` is one that belongs to no other. */
export type ParamPart = 'query' | 'key' | 'value' | 'output' | 'gate' | 'up' | 'down' | 'bias';

export type ParamSpec = ArraySpec & {
  readonly init: Initializer;
  readonly role: ParamRole;
  readonly part?: ParamPart | undefined;
  /** Attention heads that a projection is for: its rows (of `output`, its columns) are those of one head after the other. */
  readonly heads?: number | undefined;
  /** Counted from 0; absent outside layers. */
  readonly layer?: number | undefined;
  /** Whether weight decay applies; by default where there are two or more axes. */
  readonly decay?: boolean | undefined;
  /** Names at the start of the path that are folded into the key one by one; see `scoped`. */
  readonly scopes?: number;
};

/** Whether a value is the spec of a parameter: a shape with an initializer and a role. */
export function isParamSpec(node: unknown): node is ParamSpec {
  return isArraySpec(node) && typeof (node as ParamSpec).role === 'string';
}

/** The same parameters in another float dtype. */
export function withDtype<P>(specs: P, dtype: 'float32' | 'float64'): P {
  return mapTree(specs as Tree<ParamSpec>, isParamSpec, (leaf) => ({ ...leaf, dtype })) as P;
}

/** Parameters of a tree with their paths, which are their names in checkpoints. */
export type NamedParams = readonly (readonly [path: string, spec: ParamSpec])[];

/**
 * A part of a model with the initial values that it would have by itself: `initParams({ encoder: scoped(specs) }, key)` has for
 * `encoder` what `initParams(specs, foldIn(key, 'encoder'))` gives. The mark is on each spec, and a subtree that is taken out keeps
 * it: drawn apart from its model, `scoped(specs)` begins otherwise than `specs`.
 */
export function scoped<P>(specs: P): P {
  return mapTree(specs as Tree<ParamSpec>, isParamSpec, (leaf) => ({
    ...leaf,
    scopes: (leaf.scopes ?? 0) + 1,
  })) as P;
}

/**
 * Initial values. A parameter depends on the key, its own path and its own spec only (dtype, shape, initializer and
 * scopes), so that models which differ elsewhere begin alike; paths must never change.
 */
export function initParams<P>(specs: P, key: Key): MapLeaves<P, ParamSpec, NdArray> {
  return mapTree<ParamSpec, NdArray>(specs as Tree<ParamSpec>, isParamSpec, (leaf, path) => {
    const { dtype, shape, init, scopes = 0 } = leaf;
    const names = path.split('.');
    const parent = names.slice(0, scopes).reduce(foldIn, key);
    const data = init(foldIn(parent, names.slice(scopes).join('.')), shape);
    return dtype === 'float32' ? { dtype, shape, data } : arrayOf(dtype, shape, data);
  }) as MapLeaves<P, ParamSpec, NdArray>;
}
