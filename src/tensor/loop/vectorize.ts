// An operation for all steps at once, from inputs for all steps.

import type { Attributes, Node, Tensor } from '../graph.ts';
import { apply } from '../operation.ts';
import { concat } from '../operations/concat.ts';
import { expand } from '../operations/expand.ts';
import { gatherRows } from '../operations/gather-rows.ts';
import { type MatmulAttributes, matmul } from '../operations/matmul.ts';
import { reshape } from '../operations/reshape.ts';
import { transpose } from '../operations/transpose.ts';

/** An input of a step: stacked for all steps, with time as the first axis, or the same in each step. */
export type Lifted = { readonly tensor: Tensor; readonly stacked: boolean };

type Rule = (node: Node, inputs: readonly Lifted[], length: number) => Tensor | undefined;

/** Inserts axes of size 1 after the time axis, so that a stacked array broadcasts as one of its steps does. */
function alignRank({ tensor, stacked }: Lifted, rank: number): Tensor {
  if (!stacked) return tensor;
  const [time, ...rest] = tensor.shape as [number, ...number[]];
  return reshape(tensor, [time, ...new Array<number>(rank - rest.length).fill(1), ...rest]);
}

/** For inputs that broadcast against one another, and attributes without axes. */
const elementwise: Rule = ({ operation, attributes, outputs: [out] }, inputs) =>
  apply(
    operation,
    inputs.map((x) => alignRank(x, out!.shape.length)),
    attributes,
  );

/** For one input, whose axes the attributes name. */
const alongAxes =
  (move: (attributes: Attributes) => Attributes): Rule =>
  ({ operation, attributes }, [x]) =>
    apply(operation, [x!.tensor], { ...attributes, ...move(attributes) });

const alongAxis = alongAxes(({ axis }) => ({ axis: (axis as number) + 1 }));

const reduction = alongAxes(({ axes }) => ({
  axes: (axes as readonly number[]).map((axis) => axis + 1),
}));

const product: Rule = ({ attributes, outputs: [out] }, [a, b], length) => {
  const { transposeA, ...options } = attributes as MatmulAttributes;
  const [left, right] = [a!.tensor, b!.tensor];
  if (a!.stacked && b!.stacked) {
    const alike = left.shape.length === right.shape.length;
    return alike ? matmul(left, right, { transposeA, ...options }) : undefined;
  }
  if (!a!.stacked || transposeA || right.shape.length !== 2) return undefined;
  // One long matrix.
  const rows = reshape(left, [-1, left.shape.at(-1)!]);
  return reshape(matmul(rows, right, options), [length, ...out!.shape]);
};

const stackAll = (inputs: readonly Lifted[], length: number): Tensor[] =>
  inputs.map(({ tensor, stacked }) =>
    stacked ? tensor : expand(tensor, [length, ...tensor.shape]),
  );

const ELEMENTWISE = [
  ...['abs', 'add', 'cast', 'cos', 'div', 'equal', 'exp', 'greater', 'greaterEqual', 'identity'],
  ...['less', 'lessEqual', 'log', 'logicalAnd', 'logicalNot', 'logicalOr', 'maximum', 'minimum'],
  ...['mul', 'neg', 'pow', 'reciprocal', 'relu', 'sigmoid', 'sign', 'silu', 'sin', 'softmax'],
  ...['sqrt', 'stopGradient', 'sub', 'swiglu', 'tanh', 'where'],
];

/** By the name of an operation. */
export const VECTORIZE_RULES: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(ELEMENTWISE.map((name) => [name, elementwise])),
  argmax: alongAxis,
  concat: ({ attributes }, inputs, length) =>
    concat(stackAll(inputs, length), (attributes.axis as number) + 1),
  cumulativeSum: alongAxis,
  expand: ({ outputs: [out] }, [x], length) =>
    expand(alignRank(x!, out!.shape.length), [length, ...out!.shape]),
  gatherRows: (_, [table, ids]) =>
    table!.stacked ? undefined : gatherRows(table!.tensor, ids!.tensor),
  matmul: product,
  max: reduction,
  min: reduction,
  pad: alongAxis,
  reshape: ({ outputs: [out] }, [x], length) => reshape(x!.tensor, [length, ...out!.shape]),
  slice: alongAxis,
  sum: reduction,
  transpose: ({ attributes }, [x]) =>
    transpose(x!.tensor, [
      0,
      ...(attributes.permutation as readonly number[]).map((axis) => axis + 1),
    ]),
};

/** The output of a node for all steps, with time as the first axis; undefined for an operation without such a form. */
export function vectorize(
  node: Node,
  inputs: readonly Lifted[],
  length: number,
): Tensor | undefined {
  const rule = VECTORIZE_RULES[node.operation.name];
  return node.outputs.length === 1 ? rule?.(node, inputs, length) : undefined;
}
