import { roundToBfloat16 } from '../../core/index.ts';
import type { Precision, Tensor, Values } from '../graph.ts';
import { apply, defineOperation, FLOATS, requireDtype } from '../operation.ts';
import { formatShape, ShapeError, sameShape } from '../shape.ts';
import { matricesOf } from '../values.ts';
import { reshape } from './reshape.ts';

export type MatmulAttributes = {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly scale: number;
  /** `bfloat16` rounds every element of both operands before it is multiplied. */
  readonly precision: Precision;
  /** Whether elements of the result are rounded to bfloat16, so that they can be kept in half the memory. */
  readonly rounds: boolean;
};

/**
 * Transposes swap the last two axes of an operand before the product; `scale` multiplies the result. Sums are not rounded to
 * bfloat16, and neither is the gradient of the right operand, a weight in most products.
 */
export type MatmulOptions = Partial<MatmulAttributes>;

export const matmulOperation = defineOperation<MatmulAttributes>({
  name: 'matmul',
  shape: ([a, b], { transposeA, transposeB }) => {
    requireDtype('matmul', a!, FLOATS);
    requireDtype('matmul', b!, [a!.dtype]);
    const describe = `${formatShape(a!.shape)}${transposeA ? 'ᵀ' : ''} · ${formatShape(b!.shape)}${transposeB ? 'ᵀ' : ''}`;
    if (a!.shape.length < 2 || b!.shape.length < 2) {
      throw new ShapeError(`matmul: ${describe}: both sides need at least two axes`);
    }
    const m = a!.shape.at(transposeA ? -1 : -2)!;
    const k = a!.shape.at(transposeA ? -2 : -1)!;
    const n = b!.shape.at(transposeB ? -2 : -1)!;
    const inner = b!.shape.at(transposeB ? -1 : -2)!;
    if (k !== inner) {
      throw new ShapeError(`matmul: ${describe}: inner sizes differ, ${k} against ${inner}`);
    }
    const batch = a!.shape.slice(0, -2);
    if (b!.shape.length > 2 && !sameShape(batch, b!.shape.slice(0, -2))) {
      throw new ShapeError(`matmul: ${describe}: leading axes differ`);
    }
    if (b!.shape.length === 2 && batch.length > 0 && transposeA) {
      throw new ShapeError(
        `matmul: ${describe}: a batch of transposed matrices needs a batched right side`,
      );
    }
    return [{ dtype: a!.dtype, shape: [...batch, m, n] }];
  },
  vjp: ({ inputs: [a, b], attributes }, [g]) => {
    const { transposeA: ta, transposeB: tb, scale, precision, rounds } = attributes;
    const da = () =>
      ta
        ? matmul(b!, g!, { transposeA: tb, transposeB: true, scale, precision, rounds })
        : matmul(g!, b!, { transposeB: !tb, scale, precision, rounds });
    if (b!.shape.length === a!.shape.length) {
      return [
        da,
        () =>
          tb
            ? matmul(g!, a!, { transposeA: true, transposeB: ta, scale, precision })
            : matmul(a!, g!, { transposeA: !ta, scale, precision }),
      ];
    }
    // A plain matrix on the right of a batch: the batch is one long matrix.
    const rows = () => reshape(a!, [-1, a!.shape.at(-1)!]);
    const flat = () => reshape(g!, [-1, g!.shape.at(-1)!]);
    return [
      da,
      () =>
        tb
          ? matmul(flat(), rows(), { transposeA: true, scale, precision })
          : matmul(rows(), flat(), { transposeA: true, scale, precision }),
    ];
  },
  interpret: ([wholeA, wholeB], { transposeA, transposeB, scale, precision, rounds }, [out]) => {
    const [a, b] = [readFactor(wholeA!, precision), readFactor(wholeB!, precision)];
    const [m, n] = out!.shape.slice(-2) as [number, number];
    const inner = a.shape.at(transposeA ? -2 : -1)!;
    const rights = matricesOf(b);
    const lefts = matricesOf(a);
    const data = new Float64Array(lefts.length * m * n);
    lefts.forEach((left, batch) => {
      const right = rights[b.shape.length === 2 ? 0 : batch]!;
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let total = 0;
          for (let k = 0; k < inner; k++) {
            total +=
              left[transposeA ? k * m + i : i * inner + k]! *
              right[transposeB ? j * inner + k : k * n + j]!;
          }
          data[(batch * m + i) * n + j] = rounds ? roundToBfloat16(total * scale) : total * scale;
        }
      }
    });
    return [data];
  },
});

/** An operand of a product as it is multiplied. */
export function readFactor(x: Values, precision: Precision): Values {
  return precision === 'bfloat16' ? { ...x, data: x.data.map(roundToBfloat16) } : x;
}

/**
 * `a [..., m, k] · b [..., k, n] → [..., m, n]`. Leading axes must agree, or `b` must be a plain matrix.
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const { transposeA = false, transposeB = false, scale = 1 } = options;
  const { precision = 'float32', rounds = false } = options;
  const attributes = { transposeA, transposeB, scale, precision, rounds };
  return apply(matmulOperation, [a, b], attributes);
}
