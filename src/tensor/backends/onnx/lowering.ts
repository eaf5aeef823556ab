// What the lowering of an operation writes to.

import type { NdArray } from '../../../core/index.ts';
import type { Graph, NamedTensor, Node, Tensor } from '../../graph.ts';
import type { OnnxAttribute, OnnxGraph } from './encode.ts';
import type { Target } from './targets.ts';

/** A part of a graph that is lowered as one of its own. */
export type GraphPart = {
  readonly graph: Graph;
  /** Where it begins, whatever made these. */
  readonly inputs: readonly NamedTensor[];
  readonly results: readonly NamedTensor[];
  /** Tensors that are there already, by the names that they have around it. */
  readonly around?: readonly NamedTensor[];
};

/** What a lowering writes to. Names stand for values. */
export type Emitter = {
  readonly target: Target;
  /** Ids of the tensors of the graph that are in use. */
  readonly used: ReadonlySet<number>;
  /** The name of a traced tensor. */
  name(tensor: Tensor): string;
  /** A name that nothing else has, here or in a graph inside or around. */
  fresh(): string;
  /** Lowers a graph that stands inside of a node. */
  lowerInside(part: GraphPart): OnnxGraph;
  /** Appends an ONNX node; makes up names for its outputs when none are given. */
  node(
    op: string,
    inputs: readonly string[],
    options?: {
      attributes?: Readonly<Record<string, OnnxAttribute>>;
      domain?: string;
      outputs?: readonly string[];
    },
  ): string;
  /** A constant; equal ones are shared. */
  constant(value: NdArray): string;
  /** A constant int64 list, the form in which ONNX takes shapes and axes. */
  int64(values: readonly number[]): string;
};

/** Emits ONNX nodes that compute `outputs` from `inputs` (names, in the order of `node`'s tensors). */
export type Lowering = (
  emitter: Emitter,
  node: Node,
  inputs: readonly string[],
  outputs: readonly string[],
) => void;
