// Loops as ONNX's Scan. The body is a graph inside the node, and refers to constants by their outer names.

import { arrayOf } from '../../../core/index.ts';
import type { Node, Tensor } from '../../graph.ts';
import { loopOf, neededParts } from '../../loop/loop.ts';
import type { Emitter } from './lowering.ts';

export function lowerScan(
  emitter: Emitter,
  node: Node,
  inputs: readonly string[],
  outputs: readonly string[],
): void {
  const { body, length, reverse } = loopOf(node);
  const { carry, xs, consts, ys } = neededParts(node, emitter.used);
  const [beforeXs, beforeConsts] = [body.carry.length, body.carry.length + body.xs.length];
  const named = (tensor: Tensor) => ({ name: emitter.fresh(), tensor });
  const entries = xs.map((i) => named(body.xs[i]!));
  const stacked = xs.map((i) => inputs[beforeXs + i]!);
  const inside = emitter.lowerInside({
    graph: body.graph,
    inputs: [...carry.map((i) => named(body.carry[i]!)), ...entries],
    results: [...carry.map((i) => named(body.next[i]!)), ...ys.map((i) => named(body.ys[i]!))],
    around: consts.map((i) => ({
      name: inputs[beforeConsts + i]!,
      tensor: body.consts[i]!,
    })),
  });
  // Scan takes the number of steps from its scanned inputs; without xs, zeros of that length stand in.
  const steps = {
    name: emitter.fresh(),
    dtype: 'bool',
    shape: [],
  } as const;
  const counting = xs.length === 0;
  const graph = counting ? { ...inside, inputs: [...inside.inputs, steps] } : inside;
  const through = counting
    ? [emitter.constant(arrayOf('bool', [length], new Array(length).fill(0)))]
    : stacked;
  const direction = (list: readonly unknown[]) => list.map(() => (reverse ? 1 : 0));
  emitter.node('Scan', [...carry.map((i) => inputs[i]!), ...through], {
    attributes: {
      body: { graph },
      num_scan_inputs: through.length,
      scan_input_directions: direction(through),
      ...(ys.length > 0 ? { scan_output_directions: direction(ys) } : {}),
    },
    outputs: [...carry.map((i) => outputs[i]!), ...ys.map((i) => outputs[beforeXs + i]!)],
  });
}
