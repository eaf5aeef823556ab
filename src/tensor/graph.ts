// The traced graph: tensors are handles into it, nodes are the operations, the tape remembers how
// to differentiate them. Tracing runs no arithmetic; shapes and dtypes are known at every step.

import { type ArraySpec, arrayOf, type DType, type NdArray, type Shape } from '../core/index.ts';
import { formatShape, ShapeError } from './shape.ts';

/** A value in a static graph: shape and dtype, but no numbers until the graph is compiled and run. */
export type Tensor = {
  readonly graph: Graph;
  readonly id: number;
  readonly dtype: DType;
  readonly shape: Shape;
};

/** What most operations accept: a traced tensor, or a number that becomes a scalar of the other's dtype. */
export type Operand = Tensor | number;

type Attributes = Readonly<Record<string, unknown>>;

/** One operation. `op` names a lowering; see lower.ts for the list. */
export type Node = {
  readonly op: string;
  readonly inputs: readonly Tensor[];
  readonly attributes: Attributes;
  readonly outputs: readonly Tensor[];
};

/** Gives the cotangent of each input, on demand, from the cotangents of the outputs (null: zero). */
type Vjp = (cotangents: readonly (Tensor | null)[]) => readonly (() => Tensor)[];

/** What autodiff walks: a node (its op's rule applies), or several nodes with a derivative of their own. */
export type TapeEntry = {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly node?: Node;
  readonly vjp?: Vjp;
  /** What `vjp` stands for: the nodes inside, which are not on the tape themselves. */
  readonly body?: readonly Node[];
};

export type Graph = {
  readonly nodes: Node[];
  readonly tape: TapeEntry[];
  readonly inputs: { readonly name: string; readonly tensor: Tensor }[];
  readonly constants: { readonly tensor: Tensor; readonly value: NdArray }[];
  /** Node that made a tensor, by tensor id; inputs and constants have none. */
  readonly producers: Map<number, Node>;
  readonly scalars: Map<string, Tensor>;
  /** Nodes that run only after `uses`, as far as these are computed at all. Bounds memory, changes no value. */
  readonly waits: { readonly node: Node; readonly uses: readonly Tensor[] }[];
  nextId: number;
  /** Depth of custom-gradient bodies being traced; the tape is off inside of them. */
  tapeOff: number;
};

export function createGraph(): Graph {
  return {
    nodes: [],
    tape: [],
    inputs: [],
    constants: [],
    producers: new Map(),
    scalars: new Map(),
    waits: [],
    nextId: 0,
    tapeOff: 0,
  };
}

export function isTensor(node: unknown): node is Tensor {
  const candidate = node as Tensor | null;
  return (
    typeof candidate === 'object' && candidate !== null && 'graph' in candidate && 'id' in candidate
  );
}

function newTensor(graph: Graph, dtype: DType, shape: Shape): Tensor {
  if (!shape.every((size) => Number.isInteger(size) && size >= 0)) {
    throw new ShapeError(`sizes must be whole numbers, got ${formatShape(shape)}`);
  }
  return { graph, id: graph.nextId++, dtype, shape };
}

/** A value to be given at each run. */
export function input(graph: Graph, name: string, spec: ArraySpec): Tensor {
  const tensor = newTensor(graph, spec.dtype, spec.shape);
  graph.inputs.push({ name, tensor });
  return tensor;
}

/** A value baked into the graph. */
export function constant(graph: Graph, value: NdArray): Tensor {
  const tensor = newTensor(graph, value.dtype, value.shape);
  graph.constants.push({ tensor, value });
  return tensor;
}

/**
 * A scalar constant, shared within the graph.
 *
 * @throws ShapeError when an integer dtype cannot hold the value
 */
export function scalar(graph: Graph, value: number, dtype: DType): Tensor {
  if ((dtype === 'int32' || dtype === 'int64') && !Number.isSafeInteger(value)) {
    throw new ShapeError(`the number ${value} is no ${dtype}; cast the tensor to a float dtype`);
  }
  const key = `${dtype}:${Object.is(value, -0) ? '-0' : value}`;
  const known = graph.scalars.get(key);
  if (known) return known;
  const tensor = constant(graph, arrayOf(dtype, [], value));
  graph.scalars.set(key, tensor);
  return tensor;
}

/** Appends a node. The op functions in ops/ are the way to call this; they check shapes first. */
export function emitNode(
  graph: Graph,
  op: string,
  inputs: readonly Tensor[],
  outputs: readonly ArraySpec[],
  attributes: Attributes = {},
): Tensor[] {
  for (const tensor of inputs) {
    if (tensor.graph !== graph) {
      throw new Error(
        `${op}: a tensor of another graph was used; trace everything in one function`,
      );
    }
  }
  const made = outputs.map((out) => newTensor(graph, out.dtype, out.shape));
  const node: Node = { op, inputs, attributes, outputs: made };
  graph.nodes.push(node);
  for (const tensor of made) graph.producers.set(tensor.id, node);
  if (graph.tapeOff === 0) graph.tape.push({ inputs, outputs: made, node });
  return made;
}

/** Appends a node with one output. */
export function emit(
  op: string,
  inputs: readonly Tensor[],
  output: ArraySpec,
  attributes: Attributes = {},
): Tensor {
  return emitNode(inputs[0]!.graph, op, inputs, [output], attributes)[0]!;
}

/**
 * Traces `forward` as one differentiable step with a derivative of its own: what happens inside
 * is not differentiated, `vjp` gives the cotangents of `inputs` instead. Second derivatives exist
 * only where `vjp` uses no tensor made inside of `forward`, other than the outputs.
 */
export function customGradient(
  inputs: readonly Tensor[],
  forward: () => { outputs: readonly Tensor[]; vjp: Vjp },
): readonly Tensor[] {
  const graph = inputs[0]!.graph;
  const start = graph.nodes.length;
  graph.tapeOff += 1;
  const { outputs, vjp } = (() => {
    try {
      return forward();
    } finally {
      graph.tapeOff -= 1;
    }
  })();
  if (graph.tapeOff === 0) {
    graph.tape.push({ inputs, outputs, vjp, body: graph.nodes.slice(start) });
  }
  return outputs;
}

/** Makes both operands tensors of one graph and dtype. */
export function coerce(op: string, a: Operand, b: Operand): [Tensor, Tensor] {
  if (typeof a === 'number') {
    if (typeof b === 'number') throw new Error(`${op}: one operand must be a tensor`);
    return [scalar(b.graph, a, b.dtype), b];
  }
  if (typeof b === 'number') return [a, scalar(a.graph, b, a.dtype)];
  if (a.dtype !== b.dtype) {
    throw new ShapeError(
      `${op}: dtypes differ: ${a.dtype} ${formatShape(a.shape)} against ${b.dtype} ${formatShape(b.shape)}; cast one`,
    );
  }
  return [a, b];
}

/** Throws unless the tensor has one of the dtypes. */
export function requireDtype(op: string, tensor: Tensor, dtypes: readonly DType[]): void {
  if (!dtypes.includes(tensor.dtype)) {
    throw new ShapeError(
      `${op}: needs ${dtypes.join(' or ')}, got ${tensor.dtype} ${formatShape(tensor.shape)}`,
    );
  }
}

export const FLOATS = ['float32', 'float64'] as const;

export function isFloat(tensor: ArraySpec): boolean {
  return tensor.dtype === 'float32' || tensor.dtype === 'float64';
}
