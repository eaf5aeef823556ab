// What `scan` means, written out step by step: what loops are compared with.

import { mapTree, type Tree } from '../../src/core/index.ts';
import {
  isTensor,
  reshape,
  type ScanBody,
  type ScanOptions,
  slice,
  stack,
  stopGradient,
  type Tensor,
} from '../../src/tensor/index.ts';

type Tensors = Tree<Tensor>;

const mapTensors = <T extends Tensors>(tree: T, fn: (x: Tensor) => Tensor): T =>
  mapTree<Tensor, Tensor>(tree, isTensor, fn) as T;

/** `scan` of at least one step in one graph. Checkpoints change nothing here. */
export function unrolledScan<
  C extends Tensors,
  X extends Tensors,
  K extends Tensors,
  Y extends Tensors,
>(
  body: ScanBody<C, X, K, Y>,
  {
    init,
    xs,
    consts,
    length,
    reverse = false,
    truncate,
  }: ScanOptions<C, X, K> & { length: number },
): { readonly carry: C; readonly ys: Y } {
  let carry = init;
  const ys: Y[] = [];
  for (let n = 0; n < length; n++) {
    const t = reverse ? length - 1 - n : n;
    const x = mapTensors(xs ?? ({} as X), (all) =>
      reshape(slice(all, 0, t, t + 1), all.shape.slice(1)),
    );
    const isCut = truncate !== undefined && n > 0 && n % truncate === 0;
    const before = isCut
      ? mapTensors(carry, (leaf) => (leaf.dtype.startsWith('float') ? stopGradient(leaf) : leaf))
      : carry;
    const made = body(before, x, consts ?? ({} as K));
    carry = made.carry;
    ys.push(made.y);
  }
  if (reverse) ys.reverse();
  const leaves = ys.map((y) => {
    const list: Tensor[] = [];
    mapTensors(y, (leaf) => {
      list.push(leaf);
      return leaf;
    });
    return list;
  });
  let next = 0;
  const stacked = mapTensors(ys[0]!, () => {
    const at = next++;
    return stack(leaves.map((list) => list[at]!));
  });
  return { carry, ys: stacked };
}
