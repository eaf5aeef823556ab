// Tracing a function over trees of arrays into a program: its graph, its states, inputs and outputs.

import {
  type ArraySpec,
  flattenTree,
  isArraySpec,
  isParamSpec,
  type MapLeaves,
  mapTree,
  type NdArray,
  type ParamSpec,
  type Tree,
} from '../core/index.ts';
import {
  createGraph,
  type Graph,
  input,
  isTensor,
  type NamedTensor,
  type Precision,
  type Tensor,
} from './graph.ts';
import { graphDepth } from './graph-depth.ts';
import type { Placement } from './mesh.ts';
import { formatShape, ShapeError, sameShape } from './shape.ts';

export type Leaves<T, Leaf> = MapLeaves<T, ArraySpec, Leaf>;

/** The arrays described by a tree of specs or tensors; a spec with a known dtype gives typed data. */
export type Arrays<T> = [Tree<never>] extends [T]
  ? Tree<NdArray>
  : T extends ArraySpec<infer D>
    ? NdArray<D>
    : { readonly [K in keyof T]: Arrays<T[K]> };

/** The specs of a tree of arrays or specs, each with its dtype and nothing else. */
export type Specs<T> = [Tree<never>] extends [T]
  ? Tree<ArraySpec>
  : T extends ArraySpec<infer D>
    ? ArraySpec<D>
    : { readonly [K in keyof T]: Specs<T[K]> };

type SpecTree = Tree<ArraySpec>;
export type SpecTrees = { readonly [name: string]: SpecTree };

/**
 * A function to compile. `states` live on the device from run to run, `inputs` are given at each run.
 * `build` returns the outputs of a run, and the new values of the states that it changes.
 */
export type ProgramSpec<S extends SpecTrees, I extends SpecTrees, O extends Tree<Tensor>> = {
  readonly states: S;
  readonly inputs: I;
  /** Names of states and inputs whose arrays have the rows of a batch as their first axis. */
  readonly batched?: readonly string[];
  readonly build: (
    states: Leaves<S, Tensor>,
    inputs: Leaves<I, Tensor>,
  ) => {
    readonly outputs: O;
    readonly updates?: { readonly [K in keyof S]?: Leaves<S[K], Tensor> };
  };
};

/** The leaves of a state, and their updates. */
export type TracedState = {
  readonly name: string;
  /** Inputs of the graph that are its leaves, in order. */
  readonly reads: readonly NamedTensor[];
  /** The new values of some leaves. */
  readonly writes: readonly (NamedTensor & { readonly leaf: number })[];
};

/** A traced program, which a backend compiles. Names are unique among inputs, and among outputs. */
export type TracedProgram = {
  readonly graph: Graph;
  readonly states: readonly TracedState[];
  /** The values that are given at each run. */
  readonly inputs: readonly NamedTensor[];
  readonly outputs: readonly NamedTensor[];
  /** What states and inputs are for, by their names, as far as that is known. */
  readonly placements: ReadonlyMap<string, Placement>;
};

/** Everything that a run computes: outputs, and the new values of states. */
export function resultsOf({ outputs, states }: TracedProgram): NamedTensor[] {
  return [...outputs, ...states.flatMap(({ writes }) => writes)];
}

/** Only traces. Shape errors in `build` are thrown here. */
function trace<S extends SpecTrees, I extends SpecTrees, O extends Tree<Tensor>>(
  program: ProgramSpec<S, I, O>,
  precision: Precision = 'float32',
) {
  const graph = createGraph(precision);
  const placements = new Map<string, Placement>();
  const declare = (kind: 'state' | 'input') => (tree: SpecTree, name: string) =>
    mapTree<ArraySpec, Tensor>(tree, isArraySpec, (leaf, path) => {
      const place = `${kind}/${name}/${path}`;
      if (program.batched?.includes(name)) placements.set(place, { batched: true });
      else if (isParamSpec(leaf)) placements.set(place, placementOf(leaf));
      return input(graph, place, leaf);
    });
  const states = mapRecord(program.states, declare('state'));
  const inputs = mapRecord(program.inputs, declare('input'));
  return { graph, placements, ...program.build(states as never, inputs as never) };
}

/** The sequential depth (`graphDepth`) of a program's outputs, updates of states left out. */
export function programDepth<S extends SpecTrees, I extends SpecTrees, O extends Tree<Tensor>>(
  program: ProgramSpec<S, I, O>,
): number {
  return graphDepth(flattenTree<Tensor>(trace(program).outputs, isTensor).map(([, x]) => x));
}

/**
 * Traces a program. Shape errors in `build` are thrown here.
 *
 * @param precision of the matrix products of layers
 */
export function traceProgram<S extends SpecTrees, I extends SpecTrees, O extends Tree<Tensor>>(
  program: ProgramSpec<S, I, O>,
  precision?: Precision,
): TracedProgram & { readonly outputTree: O } {
  const { graph, placements, outputs: outputTree, updates = {} } = trace(program, precision);
  const outputs = flattenTree<Tensor>(outputTree, isTensor).map(([path, tensor]) => ({
    name: `output/${path}`,
    tensor,
  }));
  const given = (prefix: string) => graph.inputs.filter(({ name }) => name.startsWith(prefix));
  const states = Object.entries(program.states).map(([name, tree]): TracedState => {
    const reads = given(`state/${name}/`);
    const update = (updates as Record<string, Tree<Tensor>>)[name];
    if (update === undefined) return { name, reads, writes: [] };
    const leaves = flattenTree(tree, isArraySpec);
    const changed = matchUpdate(name, leaves, flattenTree<Tensor>(update, isTensor));
    const writes = changed.map(({ path, leaf, tensor }) => ({
      name: `update/${name}/${path}`,
      tensor,
      leaf,
    }));
    return { name, reads, writes };
  });
  const traced = { graph, states, inputs: given('input/'), outputs, placements, outputTree };
  const foreign = resultsOf(traced).find(({ tensor }) => tensor.graph !== graph);
  if (foreign) {
    throw new Error(
      `${foreign.name}: a tensor of another graph was returned; trace everything in one function`,
    );
  }
  return traced;
}

/** Pairs the leaves of an update with those of the state; an update may leave some out, not add any. */
function matchUpdate(
  name: string,
  leaves: readonly [string, ArraySpec][],
  update: readonly [string, Tensor][],
): { path: string; leaf: number; tensor: Tensor }[] {
  const places = new Map(leaves.map(([path], i) => [path, i]));
  return update.flatMap(([path, tensor]) => {
    const leaf = places.get(path);
    if (leaf === undefined) throw new ShapeError(`update of state '${name}': it has no '${path}'`);
    const expected = leaves[leaf]![1];
    if (expected.dtype !== tensor.dtype || !sameShape(expected.shape, tensor.shape)) {
      throw new ShapeError(
        `update of state '${name}.${path}': ${tensor.dtype} ${formatShape(tensor.shape)} ` +
          `does not replace ${expected.dtype} ${formatShape(expected.shape)}`,
      );
    }
    // A leaf passed through unchanged needs no write.
    const unchanged = tensor.graph.inputs.some(
      (x) => x.tensor === tensor && x.name === `state/${name}/${path}`,
    );
    return unchanged ? [] : [{ path, leaf, tensor }];
  });
}

/** What a parameter is for. */
function placementOf({ role, part, heads }: ParamSpec): Placement {
  return { role, part, heads };
}

function mapRecord<T, U>(record: Readonly<Record<string, T>>, fn: (value: T, name: string) => U) {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, fn(value, name)]));
}
