// What is inside loops and what is outside, seen in what onnxruntime is given.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluate, numbers } from '../../../test/support/evaluate.ts';
import { randn } from '../../../test/support/operation-cases.ts';
import { spec } from '../../core/index.ts';
import type { OnnxGraph } from '../backends/onnx/encode.ts';
import { lowerGraph } from '../backends/onnx/lower-program.ts';
import { TARGETS } from '../backends/onnx/targets.ts';
import { createGraph, input } from '../graph.ts';
import * as t from '../index.ts';

const LENGTH = 12;
const [BATCH, WIDTH] = [2, 3];

type Params = Readonly<Record<'table' | 'fromInput' | 'fromState' | 'bias', t.Tensor>>;

const step = (h: t.Tensor, token: t.Tensor, p: Params) => {
  const read = t.matmul(t.gatherRows(p.table, token), p.fromInput, { transposeB: true });
  const next = t.tanh(t.add(t.add(read, t.matmul(h, p.fromState)), p.bias));
  return { carry: next, y: next };
};

/** The graph of the mean state of a network over tokens, or of its gradients. */
function lowerNetwork(
  differentiate: boolean,
  options: { checkpointEvery?: number; truncate?: number } = {},
): OnnxGraph {
  const graph = createGraph();
  const declare = (name: string, ...shape: number[]) => input(graph, name, spec('float32', shape));
  const tokens = input(graph, 'tokens', spec('int32', [LENGTH, BATCH]));
  const init = declare('h', BATCH, WIDTH);
  const consts = {
    table: declare('table', 5, WIDTH),
    fromInput: declare('fromInput', WIDTH, WIDTH),
    fromState: declare('fromState', WIDTH, WIDTH),
    bias: declare('bias', WIDTH),
  };
  const { ys } = t.scan(step, { init, xs: tokens, consts, ...options });
  const loss = t.mean(ys);
  const tensors = differentiate ? t.gradients(loss, [init, ...Object.values(consts)]) : [loss];
  const results = tensors.map((tensor, i) => ({ name: `o${i}`, tensor }));
  return lowerGraph({ graph, results }, TARGETS.cpu);
}

const scansOf = ({ nodes }: OnnxGraph) => nodes.filter(({ op }) => op === 'Scan');
const bodyOf = ({ attributes }: OnnxGraph['nodes'][number]) =>
  (attributes.body as { readonly graph: OnnxGraph }).graph;
const opsOf = ({ nodes }: OnnxGraph) => nodes.map(({ op }) => op);

describe('a step has inside', () => {
  test('what depends on the carry, and nothing else', () => {
    const [forward] = scansOf(lowerNetwork(false));
    const ops = opsOf(bodyOf(forward!));
    expect(ops.filter((op) => op !== 'Identity').sort()).toEqual(['Add', 'Add', 'MatMul', 'Tanh']);
    expect(opsOf(lowerNetwork(false))).toContain('Gather');
  });

  test('backwards, the way of the cotangent alone: sums over the steps follow at once', () => {
    const graph = lowerNetwork(true);
    const [forward, backward] = scansOf(graph);
    expect(bodyOf(forward!).nodes.length).toBeLessThan(8);
    const ops = opsOf(bodyOf(backward!));
    expect(ops.filter((op) => op.endsWith('MatMul'))).toHaveLength(1);
    expect(ops).not.toContain('ScatterElements');
    expect(ops).not.toContain('ReduceSum');
    // The cotangent of the state, and no sum.
    expect(bodyOf(backward!).inputs.filter((x) => x.shape.length === 2)).toHaveLength(
      bodyOf(backward!).inputs.length,
    );
    expect(opsOf(graph).filter((op) => op === 'ScatterElements')).toHaveLength(1);
  });
});

test('what would be large for all steps at once stays inside', () => {
  const graph = createGraph();
  const tokens = input(graph, 'tokens', spec('int32', [LENGTH, BATCH]));
  const table = input(graph, 'table', spec('float32', [50, WIDTH]));
  const init = input(graph, 'h', spec('float32', [BATCH, WIDTH]));
  const { carry } = t.scan(
    (h: t.Tensor, token: t.Tensor, own: t.Tensor) => {
      const picked = t.oneHot(token, 50);
      return { carry: t.sin(t.add(h, t.matmul(picked, own))), y: {} };
    },
    { init, xs: tokens, consts: table },
  );
  const lowered = lowerGraph({ graph, results: [{ name: 'o', tensor: carry }] }, TARGETS.cpu);
  expect(opsOf(lowered)).not.toContain('Equal');
  expect(opsOf(bodyOf(scansOf(lowered)[0]!))).toContain('Equal');
});

test('without a derivative nothing is kept for one', () => {
  const [forward] = scansOf(lowerNetwork(false));
  expect(forward!.outputs).toHaveLength(2);
  expect(bodyOf(forward!).outputs).toHaveLength(2);
});

/** Elements that a loop stacks of each step or piece. */
const stackedBy = (scan: OnnxGraph['nodes'][number]) => {
  const body = bodyOf(scan);
  const carries = body.inputs.length - (scan.attributes.num_scan_inputs as number);
  return body.outputs
    .slice(carries)
    .map(({ shape }) => shape.reduce((a, b) => a * b, 1))
    .reduce((a, b) => a + b, 0);
};

test('with checkpoints the loop forwards keeps one carry for each of the pieces', () => {
  const [whole] = scansOf(lowerNetwork(true));
  const [pieces] = scansOf(lowerNetwork(true, { checkpointEvery: 4 }));
  const state = BATCH * WIDTH;
  // Of each step its carry, and what its slope needs.
  expect(stackedBy(whole!)).toBe(2 * state);
  expect(stackedBy(pieces!)).toBe(state);
});

test('no name is there twice, inside and around', () => {
  const defined: string[] = [];
  const visit = (graph: OnnxGraph) => {
    defined.push(...graph.initializers.map(({ name }) => name));
    defined.push(...graph.inputs.map(({ name }) => name));
    for (const node of graph.nodes) {
      defined.push(...node.outputs);
      if (node.op === 'Scan') visit(bodyOf(node));
    }
  };
  visit(lowerNetwork(true, { checkpointEvery: 5, truncate: 6 }));
  expect(defined.length).toBeGreaterThan(100);
  expect(new Set(defined).size).toBe(defined.length);
});

describe('order', () => {
  let device: t.Device;
  beforeAll(() => {
    device = t.openDevice({ threads: 1 });
  });
  afterAll(() => device.close());

  test('is kept inside of a loop, and between loops', async () => {
    const x = randn('x', 3, 2);
    const [first, second] = await evaluate(device, { x }, ({ x }) => {
      const double = (xs: t.Tensor) =>
        t.scan(
          (carry: t.Tensor, entry: t.Tensor) => {
            const uses = [t.exp(entry)];
            const later = t.after(t.add(carry, entry), uses);
            return { carry: later, y: t.mul(later, uses[0]!) };
          },
          { init: t.full(x.graph, [2], 0, x.dtype), xs },
        );
      const one = double(x);
      const two = double(t.after(x, [one.ys, one.carry]));
      return [one.ys, two.ys];
    });
    expect(numbers(first!)).toEqual(numbers(second!));
  });
});
