import type { Tensor } from '../graph.ts';
import { apply, defineOperation } from '../operation.ts';
import { resolveAxis } from '../shape.ts';
import { stridesOf } from '../values.ts';

export const cumulativeSumOperation = defineOperation<{
  readonly axis: number;
  readonly reverse: boolean;
}>({
  name: 'cumulativeSum',
  shape: ([x]) => [x!],
  vjp: ({ attributes: { axis, reverse } }, [g]) => [
    () => cumulativeSum(g!, axis, { reverse: !reverse }),
  ],
  interpret: ([x], { axis, reverse }) => {
    const { shape } = x!;
    const stride = stridesOf(shape)[axis]!;
    const data = x!.data.slice();
    const inside = (i: number) => Math.floor(i / stride) % shape[axis]!;
    const indices = [...data.keys()];
    for (const i of reverse ? indices.reverse() : indices) {
      const first = inside(i) === (reverse ? shape[axis]! - 1 : 0);
      if (!first) data[i]! += data[i + (reverse ? stride : -stride)]!;
    }
    return [data];
  },
});

/** Running sum along an axis. */
export function cumulativeSum(x: Tensor, axis = -1, options: { reverse?: boolean } = {}): Tensor {
  const resolved = resolveAxis('cumulativeSum', axis, x.shape);
  return apply(cumulativeSumOperation, [x], { axis: resolved, reverse: options.reverse ?? false });
}
