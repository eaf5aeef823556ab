// Small trees: models, optimizer states and batches are nested records and lists with leaves of one kind.

/** A nested record or list whose leaves are `T`. `T` itself must not be a plain object without a marker. */
export type Tree<T> = T | readonly Tree<T>[] | { readonly [name: string]: Tree<T> };

/** The same tree with other leaves. A tree of unknown layout stays one. */
export type MapLeaves<T, From, To> = [Tree<never>] extends [T]
  ? Tree<To>
  : T extends From
    ? To
    : { readonly [K in keyof T]: MapLeaves<T[K], From, To> };

/** Tells whether a node of a tree is a leaf. */
export type IsLeaf<T> = (node: unknown) => node is T;

/** The leaves with their paths (`layers.0.attention.query`), in the order of keys. */
export function flattenTree<T>(tree: Tree<T>, isLeaf: IsLeaf<T>, prefix = ''): [string, T][] {
  if (isLeaf(tree)) return [[prefix, tree]];
  const join = (name: string | number) => (prefix === '' ? `${name}` : `${prefix}.${name}`);
  const out: [string, T][] = [];
  if (Array.isArray(tree)) {
    tree.forEach((child, i) => {
      out.push(...flattenTree(child, isLeaf, join(i)));
    });
    return out;
  }
  for (const [name, child] of Object.entries(tree as Record<string, Tree<T>>)) {
    out.push(...flattenTree(child, isLeaf, join(name)));
  }
  return out;
}

/** The same tree with each leaf replaced by `fn(leaf, path)`. */
export function mapTree<T, U>(
  tree: Tree<T>,
  isLeaf: IsLeaf<T>,
  fn: (leaf: T, path: string) => U,
  prefix = '',
): Tree<U> {
  if (isLeaf(tree)) return fn(tree, prefix);
  const join = (name: string | number) => (prefix === '' ? `${name}` : `${prefix}.${name}`);
  if (Array.isArray(tree)) return tree.map((child, i) => mapTree(child, isLeaf, fn, join(i)));
  return Object.fromEntries(
    Object.entries(tree as Record<string, Tree<T>>).map(([name, child]) => [
      name,
      mapTree(child, isLeaf, fn, join(name)),
    ]),
  );
}
