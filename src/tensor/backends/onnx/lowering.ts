// The writer that lowerings of operations use.

import type { Graph, NamedTensor, Node, Tensor } from '../../graph.ts';
import type { OnnxArray, OnnxAttribute, OnnxGraph } from './encode.ts';
import type { Target } from './targets.ts';

/** A part of a graph that is lowered as a graph of its own. */
export type GraphPart = {
  readonly graph: Graph;
  /** The tensors where it begins; their producers are not part of it. */
  readonly inputs: readonly NamedTensor[];
  readonly results: readonly NamedTensor[];
  /** Tensors from outside, with their names there. */
  readonly around?: readonly NamedTensor[];
};

/** Writes the nodes of a lowering. Values are referred to by name. */
export type Emitter = {
  readonly target: Target;
  /** Ids of the tensors of the graph that are in use. */
  readonly used: ReadonlySet<number>;
  /** The name of a traced tensor. */
  name(tensor: Tensor): string;
  /** A name that is unique in this graph, in inner graphs and in outer ones. */
  fresh(): string;
  /** Lowers a graph inside a node. */
  lowerInside(part: GraphPart): OnnxGraph;
  /** Appends an ONNX node; generates names for its outputs if none are given. */
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
  constant(value: OnnxArray): string;
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
