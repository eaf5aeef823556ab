// Loops as StableHLO's while: the number of the step is carried too, and so are the stacked outputs.

import type { Node, Tensor } from '../../graph.ts';
import { loopOf, neededParts } from '../../loop/loop.ts';
import type { Part } from './lowering.ts';
import type { Value, Writer } from './stablehlo.ts';
import * as hlo from './stablehlo.ts';

export function lowerLoop(
  writer: Writer,
  node: Node,
  inputs: readonly Value[],
  { used, lowerInside }: Part,
): readonly (Value | undefined)[] {
  const { body, length, reverse } = loopOf(node);
  const { carry, xs, consts, ys } = neededParts(node, used);
  const [beforeXs, beforeConsts] = [body.carry.length, body.carry.length + body.xs.length];
  const stacked = ys.map((i) => typeOf(node.outputs[beforeXs + i]!));
  const first = [
    hlo.scalar(writer, 'i32', 0),
    ...carry.map((i) => inputs[i]!),
    ...stacked.map((type) => hlo.splat(writer, type, 0)),
  ];
  const found = hlo.loopWhile(
    writer,
    first,
    (inside, [step]) => hlo.compare(inside, 'LT', step!, hlo.scalar(inside, 'i32', length)),
    (inside, [step, ...rest]) => {
      const index = reverse
        ? hlo.elementwise(inside, 'subtract', [hlo.scalar(inside, 'i32', length - 1), step!])
        : step!;
      const begins = new Map<number, Value>();
      carry.forEach((i, at) => {
        begins.set(body.carry[i]!.id, rest[at]!);
      });
      for (const i of xs) {
        begins.set(body.xs[i]!.id, hlo.entryAt(inside, inputs[beforeXs + i]!, index));
      }
      for (const i of consts) begins.set(body.consts[i]!.id, inputs[beforeConsts + i]!);
      const results = [...carry.map((i) => body.next[i]!), ...ys.map((i) => body.ys[i]!)];
      const values = lowerInside(inside, body.graph, results, begins);
      return [
        hlo.elementwise(inside, 'add', [step!, hlo.scalar(inside, 'i32', 1)]),
        ...carry.map((_, at) => values[at]!),
        ...ys.map((_, at) =>
          hlo.withEntry(inside, rest[carry.length + at]!, values[carry.length + at]!, index),
        ),
      ];
    },
  );
  const outputs: (Value | undefined)[] = node.outputs.map(() => undefined);
  carry.forEach((i, at) => {
    outputs[i] = found[1 + at]!;
  });
  ys.forEach((i, at) => {
    outputs[beforeXs + i] = found[1 + carry.length + at]!;
  });
  return outputs;
}

function typeOf({ dtype, shape }: Tensor) {
  return { element: hlo.elementTypeOf(dtype), shape };
}
