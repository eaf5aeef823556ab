// A device: the programs compiled for a backend and the states that live there, as trees.

import {
  type ArraySpec,
  flattenTree,
  isArraySpec,
  isNdArray,
  isParamSpec,
  mapTree,
  type NdArray,
  type ParamSpec,
  sizeOf,
  type Tree,
} from '../core/index.ts';
import type { Backend, PendingRun, ProgramFacts, RuntimeInfo, StateHandle } from './backend.ts';
import type { NamedTensor, Precision } from './graph.ts';
import { isTensor, type Tensor } from './graph.ts';
import type { Mesh } from './mesh.ts';
import {
  type Arrays,
  type Leaves,
  type ProgramSpec,
  type Specs,
  type SpecTrees,
  traceProgram,
} from './program.ts';
import { formatShape, ShapeError, sameShape } from './shape.ts';

/**
 * A tree of arrays on the device: `T` of specs, and `A` of what is read from it. Programs read it in place; those that
 * update it replace its values.
 */
export type DeviceState<T = Tree<ArraySpec>, A = Arrays<T>> = {
  readonly handle: StateHandle;
  readonly specs: T;
  /** A copy of the current values. */
  read(): Promise<A>;
  /** Frees the memory. */
  drop(): Promise<void>;
};

/** A run that was started. */
export type Run<O> = {
  /**
   * The outputs, once the run is done; the states named in the updates then hold their new values.
   *
   * @throws Error if the run failed or the device was closed
   */
  read(): Promise<Arrays<O>>;
};

/** A compiled function. */
export type Program<S extends SpecTrees, I extends SpecTrees, O> = {
  /**
   * Starts a run and returns at once; runs and reads of states happen in the order in which they are requested.
   *
   * @throws ShapeError for states and inputs that the program was not compiled for
   */
  run(
    states: { readonly [K in keyof S]: DeviceState<Leaves<S[K], ArraySpec>, unknown> },
    inputs: Leaves<I, NdArray>,
  ): Run<O>;
  readonly facts: ProgramFacts;
  /** Frees it. */
  close(): Promise<void>;
};

/** A backend that compiles traced functions of trees and runs them; `openDevice` opens one, and `close` must end it. */
export class Device {
  readonly name: string;
  readonly threads: number;
  /** The devices that programs are spread over, if there are several. */
  readonly mesh: Mesh | null;
  private readonly backend: Backend;
  private readonly precision: Precision;

  /** @param precision of the matrix products of layers in the programs that it compiles */
  constructor(backend: Backend, precision: Precision = 'float32') {
    this.backend = backend;
    this.precision = precision;
    this.name = backend.name;
    this.threads = backend.threads;
    this.mesh = backend.mesh ?? null;
  }

  /** What the device computes with. */
  runtime(): Promise<RuntimeInfo> {
    return this.backend.runtime();
  }

  /** Traces `program.build` and compiles it. */
  async compile<S extends SpecTrees, I extends SpecTrees, O extends Tree<Tensor>>(
    program: ProgramSpec<S, I, O>,
  ): Promise<Program<S, I, O extends Tensor ? Tensor : O>> {
    const { outputTree, ...traced } = traceProgram(program, this.precision);
    const executable = await this.backend.compile(traced);
    // A state is compared with what the program was compiled for when they first meet.
    const accepted = new Map<string, StateHandle>();
    const bindState = (
      name: string,
      state: DeviceState<Tree<ArraySpec>, unknown> | undefined,
    ): StateHandle => {
      if (!state) throw new ShapeError(`run: the state '${name}' is missing`);
      if (accepted.get(name) !== state.handle) {
        checkState(name, program.states[name]!, state.specs);
        accepted.set(name, state.handle);
      }
      return state.handle;
    };
    const run = (
      states: Readonly<Record<string, DeviceState<Tree<ArraySpec>, unknown>>>,
      inputs: Tree<NdArray>,
    ): Run<Tree<Tensor>> => {
      const pending: PendingRun = executable.run(
        traced.states.map(({ name }) => bindState(name, states[name])),
        bindInputs(traced.inputs, inputs),
      );
      return {
        read: async () => fillTree<Tensor>(outputTree, isTensor, await pending.read()) as never,
      };
    };
    return { run: run as never, facts: executable.facts, close: () => executable.close() };
  }

  /**
   * Puts a tree of arrays on the device; a leaf without data becomes zeros.
   *
   * @param options.transfer hands the buffers over instead of copying them; the tree is unusable afterwards
   */
  async createState<T extends Tree<ArraySpec>>(
    tree: T,
    options: { transfer?: boolean } = {},
  ): Promise<DeviceState<Specs<T>>> {
    const leaves = flattenTree<ArraySpec>(tree as Tree<ArraySpec>, isArraySpec).map(
      ([path, leaf]) => {
        const { dtype, shape } = leaf;
        if (!isNdArray(leaf)) return { dtype, shape };
        checkLength(`createState: the array '${path}'`, leaf);
        return { dtype, shape, data: leaf.data };
      },
    );
    const specs = mapTree<ArraySpec, ArraySpec>(tree as Tree<ArraySpec>, isArraySpec, (leaf) =>
      specOf(leaf),
    );
    const handle = await this.backend.createState(leaves, options.transfer ?? false);
    return {
      handle,
      specs: specs as Specs<T>,
      read: async () => fillTree<ArraySpec>(specs, isArraySpec, await handle.read()) as never,
      drop: () => handle.drop(),
    };
  }

  /** Says what is done, such as `stage 'text', step 12`: where several processes compute, messages about a lost one name it. */
  note(at: string): void {
    this.backend.note?.(at);
  }

  /** Frees everything on the device. Waiting requests are rejected at once; resolves when the one in progress is done. */
  close(): Promise<void> {
    return this.backend.close();
  }
}

function bindInputs(expected: readonly NamedTensor[], inputs: Tree<NdArray>): NdArray[] {
  const given = new Map(
    flattenTree<NdArray>(inputs, isNdArray).map(([path, value]) => [path, value]),
  );
  return expected.map(({ name, tensor }) => {
    // "input/tokens/" is a leaf by itself, "input/batch/x.y" lies deeper.
    const path = name.slice('input/'.length).replace(/\/$/, '').replace('/', '.');
    const value = given.get(path);
    if (!value) throw new ShapeError(`run: the input '${path}' is missing`);
    if (value.dtype !== tensor.dtype || !sameShape(value.shape, tensor.shape)) {
      throw new ShapeError(
        `run: the input '${path}' is ${value.dtype} ${formatShape(value.shape)}, ` +
          `but the program was compiled for ${tensor.dtype} ${formatShape(tensor.shape)}`,
      );
    }
    checkLength(`run: the input '${path}'`, value);
    return value;
  });
}

/** Of an array or spec what programs are compiled for; what a parameter is for says where it lies. */
function specOf(leaf: ArraySpec): ArraySpec {
  if (!isParamSpec(leaf)) return { dtype: leaf.dtype, shape: leaf.shape };
  const { dtype, shape, init, role, part, heads } = leaf;
  return { dtype, shape, init, role, part, heads } as ParamSpec;
}

/** A buffer that was handed over to another thread has no elements left. */
function checkLength(what: string, { shape, data }: NdArray): void {
  if (data.length === sizeOf(shape)) return;
  throw new ShapeError(
    `${what} holds ${data.length} elements, but its shape ${formatShape(shape)} has ${sizeOf(shape)}` +
      (data.buffer.byteLength === 0 ? ' (was its buffer handed over?)' : ''),
  );
}

/** Throws unless the leaves agree one by one: states are bound by the order of their leaves. */
function checkState(name: string, expected: Tree<ArraySpec>, given: Tree<ArraySpec>): void {
  const describe = (leaf: [string, ArraySpec] | undefined) =>
    leaf ? `'${leaf[0]}' ${leaf[1].dtype} ${formatShape(leaf[1].shape)}` : 'nothing';
  const wanted = flattenTree(expected, isArraySpec);
  const found = flattenTree(given, isArraySpec);
  for (let i = 0; i < Math.max(wanted.length, found.length); i++) {
    if (describe(wanted[i]) !== describe(found[i])) {
      throw new ShapeError(
        `run: the state '${name}' holds ${describe(found[i])} at place ${i}, ` +
          `but the program was compiled for ${describe(wanted[i])}`,
      );
    }
  }
}

/** The tree with its leaves replaced, in order, by `values`. */
function fillTree<T>(
  tree: Tree<T>,
  isLeaf: (node: unknown) => node is T,
  values: readonly NdArray[],
): Tree<NdArray> {
  let next = 0;
  return mapTree(tree, isLeaf, () => values[next++]!);
}
