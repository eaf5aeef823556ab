// The leaves of trees passed to functions over trees, with their names for errors.

import { mapTree, type Tree } from '../../core/index.ts';
import { isTensor, type Tensor } from '../graph.ts';
import { formatShape, ShapeError, sameShape } from '../shape.ts';

export type Leaf = { readonly name: string; readonly path: string; readonly tensor: Tensor };

export const tensorOf = ({ tensor }: Leaf): Tensor => tensor;

/**
 * The leaves of a tree in the order of its keys.
 *
 * @param op the name of the called function; `what` names its argument
 * @throws ShapeError for a leaf that is not a tensor
 */
export function leavesOf(op: string, what: string, tree: unknown, path = ''): Leaf[] {
  const name = path === '' ? what : `${what} '${path}'`;
  if (isTensor(tree)) return [{ name, path, tensor: tree }];
  if (typeof tree !== 'object' || tree === null) {
    throw new ShapeError(`${op}: ${name} is ${tree}, not a tensor`);
  }
  return Object.entries(tree).flatMap(([key, child]) =>
    leavesOf(op, what, child, path === '' ? key : `${path}.${key}`),
  );
}

/** The same tree with other leaves, in the order of `leavesOf`. */
export function refill<T extends Tree<Tensor>>(tree: T, leaves: readonly Tensor[]): T {
  let next = 0;
  return mapTree<Tensor, Tensor>(tree, isTensor, () => leaves[next++]!) as T;
}

/**
 * The leaves that correspond to `before`, in its order.
 *
 * @param what names them in errors, and `rule` says what they must keep
 * @throws ShapeError if a leaf is missing or superfluous, or has another shape or dtype
 */
export function matchLeaves(
  op: string,
  before: readonly Leaf[],
  after: readonly Leaf[],
  what: string,
  rule: string,
): Tensor[] {
  const byPath = new Map(after.map((leaf) => [leaf.path, leaf]));
  const paths = new Set(before.map(({ path }) => path));
  const added = after.find(({ path }) => !paths.has(path));
  if (added) throw new ShapeError(`${op}: ${added.name} is superfluous; ${rule}`);
  return before.map(({ name, path, tensor: a }) => {
    const found = byPath.get(path);
    if (!found) throw new ShapeError(`${op}: ${what} lacks ${name}; ${rule}`);
    const b = found.tensor;
    if (a.dtype === b.dtype && sameShape(a.shape, b.shape)) return b;
    throw new ShapeError(
      `${op}: ${found.name} is ${b.dtype} ${formatShape(b.shape)}, but ${name} ` +
        `${a.dtype} ${formatShape(a.shape)}; ${rule}: reshape or cast it`,
    );
  });
}
