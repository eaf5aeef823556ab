// The traced graph: tensors are handles into it, nodes are operations, and the tape records how to
// differentiate them. Tracing computes no values; shapes and dtypes are known at every step.

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

/** Parameters of an operation besides its inputs, fixed in the graph. */
export type Attributes = Readonly<Record<string, unknown>>;

/** One operation on its inputs. */
export type Node<A extends Attributes = Attributes> = {
  readonly operation: Operation<A>;
  readonly inputs: readonly Tensor[];
  readonly attributes: A;
  readonly outputs: readonly Tensor[];
};

/**
 * An array of the interpreter: numbers of any dtype as float64. 64-bit integers are exact up to 2^53; a float32 is not
 * rounded, a bfloat16 is.
 */
export type Values = { readonly shape: Shape; readonly data: Float64Array };

/** One function for each input; undefined for an input without a gradient (an index, a condition). */
export type Cotangents = readonly ((() => Tensor) | undefined)[];

/** An operation. One file defines it; backends have tables of lowerings by operation. */
export type Operation<A extends Attributes = Attributes> = {
  readonly name: string;
  /**
   * dtype and shape of each output.
   *
   * @throws ShapeError for inputs that do not fit together
   */
  shape(inputs: readonly ArraySpec[], attributes: A): readonly ArraySpec[];
  /**
   * Cotangents of the inputs from those of the outputs (null: zero). Without it, the decomposition is differentiated;
   * without that too, requesting a gradient is an error.
   *
   * @param isWanted whether the cotangent of an input will be requested
   */
  vjp?(
    node: Node<A>,
    cotangents: readonly (Tensor | null)[],
    isWanted: (input: Tensor) => boolean,
  ): Cotangents;
  /** No gradient passes: the derivative is zero wherever it exists, or zero by definition. */
  readonly constant?: true;
  /** The same outputs from simpler operations, for backends that have nothing better. */
  decompose?(inputs: readonly Tensor[], attributes: A): readonly Tensor[];
  /**
   * The elements of the outputs, computed by plain loops in float64: the reference for every backend. Without it, the
   * decomposition is interpreted.
   */
  interpret?(
    inputs: readonly Values[],
    attributes: A,
    outputs: readonly ArraySpec[],
  ): readonly Float64Array[];
};

/** Gives the cotangent of each input, on demand, from the cotangents of the outputs (null: zero). */
type Vjp = (cotangents: readonly (Tensor | null)[]) => readonly (() => Tensor)[];

/** An entry of the tape: a node, whose operation's rule applies, or several nodes with a custom derivative. */
export type TapeEntry = {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly node?: Node;
  readonly vjp?: Vjp;
  /** The nodes that `vjp` covers; they are not on the tape themselves. */
  readonly body?: readonly Node[];
};

/** A tensor under the name by which a backend binds it. */
export type NamedTensor = { readonly name: string; readonly tensor: Tensor };

export type Graph = {
  readonly nodes: Node[];
  readonly tape: TapeEntry[];
  readonly inputs: { readonly name: string; readonly tensor: Tensor }[];
  readonly constants: { readonly tensor: Tensor; readonly value: NdArray }[];
  /** The node that produces a tensor, by tensor id; inputs and constants have none. */
  readonly producers: Map<number, Node>;
  readonly scalars: Map<string, Tensor>;
  /** Nodes that run only after those of `uses` that are computed at all. It bounds memory and changes no value. */
  readonly waits: { readonly node: Node; readonly uses: readonly Tensor[] }[];
  nextId: number;
  /** Depth of custom-gradient bodies being traced; the tape is off inside them. */
  tapeOff: number;
  /** What layers ask of their matrix products. */
  readonly precision: Precision;
};

export const PRECISIONS = ['float32', 'bfloat16'] as const;
/**
 * How the factors of a matrix product are read: as they are, or each rounded to the nearest bfloat16. Sums are float32 either way.
 */
export type Precision = (typeof PRECISIONS)[number];

export function createGraph(precision: Precision = 'float32'): Graph {
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
    precision,
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
 * @throws ShapeError if an integer dtype cannot hold the value
 */
export function scalar(graph: Graph, value: number, dtype: DType): Tensor {
  if ((dtype === 'int32' || dtype === 'int64') && !Number.isSafeInteger(value)) {
    throw new ShapeError(`the number ${value} is not ${dtype}; cast the tensor to a float dtype`);
  }
  const key = `${dtype}:${Object.is(value, -0) ? '-0' : value}`;
  const known = graph.scalars.get(key);
  if (known) return known;
  const tensor = constant(graph, arrayOf(dtype, [], value));
  graph.scalars.set(key, tensor);
  return tensor;
}

/** Appends a node. Operations are applied by `apply` (operation.ts), which finds the outputs first. */
export function appendNode<A extends Attributes>(
  graph: Graph,
  operation: Operation<A>,
  inputs: readonly Tensor[],
  outputs: readonly ArraySpec[],
  attributes: A,
): readonly Tensor[] {
  for (const tensor of inputs) {
    if (tensor.graph !== graph) {
      throw new Error(
        `${operation.name}: a tensor of another graph was used; trace everything in one function, ` +
          'and pass what the body of a scan uses in consts',
      );
    }
  }
  const made = outputs.map((out) => newTensor(graph, out.dtype, out.shape));
  const node: Node<A> = { operation, inputs, attributes, outputs: made };
  graph.nodes.push(node);
  for (const tensor of made) graph.producers.set(tensor.id, node);
  if (graph.tapeOff === 0) graph.tape.push({ inputs, outputs: node.outputs, node });
  return made.slice();
}

/** One more output of an existing node: a loop keeps values for its derivative that were not outputs before. */
export function appendOutput(graph: Graph, node: Node, { dtype, shape }: ArraySpec): Tensor {
  const tensor = newTensor(graph, dtype, shape);
  // The tape entry refers to the same array.
  (node.outputs as Tensor[]).push(tensor);
  graph.producers.set(tensor.id, node);
  return tensor;
}

/**
 * Traces `forward` as one differentiable unit with a custom derivative: the nodes inside are not
 * differentiated, and `vjp` gives the cotangents of `inputs` instead. Second derivatives exist
 * only if `vjp` uses no tensor made inside `forward` except its outputs.
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

/** Whether it has a float dtype, and thus gradients. */
export function isFloat({ dtype }: ArraySpec): boolean {
  return dtype === 'float32' || dtype === 'float64' || dtype === 'bfloat16';
}
