import type { Operand, Tensor } from '../graph.ts';
import { apply, coerce, defineOperation, requireDtype } from '../operation.ts';
import { broadcastShapes } from '../shape.ts';
import { mapValues } from '../values.ts';
import { sumToShape } from './sum.ts';

export const whereOperation = defineOperation({
  name: 'where',
  shape: ([condition, x, y]) => {
    requireDtype('where', condition!, ['bool']);
    const values = broadcastShapes('where', x!.shape, y!.shape);
    const shape = broadcastShapes('where', condition!.shape, values);
    return [{ dtype: x!.dtype, shape }];
  },
  vjp: ({ inputs: [condition, x, y] }, [g]) => [
    undefined,
    () => sumToShape(where(condition!, g!, 0), x!.shape),
    () => sumToShape(where(condition!, 0, g!), y!.shape),
  ],
  interpret: (inputs, _attributes, [out]) => [
    mapValues(inputs, out!.shape, (condition, x, y) => (condition === 1 ? x! : y!)),
  ],
});

/** Where `condition` is true the first value, elsewhere the second. All three broadcast. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  return apply(whereOperation, [condition, ...coerce('where', a, b)], {});
}
