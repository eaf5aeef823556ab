import fc from 'fast-check';
import { expect, test } from 'vitest';
import { flattenTree, mapTree, type Tree } from './tree.ts';

const isNumber = (node: unknown): node is number => typeof node === 'number';

test('paths name records and list places, in the order of keys', () => {
  const tree: Tree<number> = { b: { x: 1, y: [2, [3]] }, a: 4, empty: {}, none: [] };
  expect(flattenTree(tree, isNumber)).toEqual([
    ['b.x', 1],
    ['b.y.0', 2],
    ['b.y.1.0', 3],
    ['a', 4],
  ]);
  expect(flattenTree<number>(5, isNumber)).toEqual([['', 5]]);
  expect(flattenTree(tree, isNumber, 'model')[0]).toEqual(['model.b.x', 1]);
});

test('mapTree keeps the layout and hands out paths', () => {
  const tree: Tree<number> = { b: [1, { c: 2 }], a: 3 };
  expect(mapTree(tree, isNumber, (x, path) => `${path}=${x}`)).toEqual({
    b: ['b.0=1', { c: 'b.1.c=2' }],
    a: 'a=3',
  });
});

test('mapTree and flattenTree visit the same leaves in the same order', () => {
  const { tree: anyTree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.integer(),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.string({ minLength: 1 }), tie('tree'), { maxKeys: 3 }),
    ),
  }));
  fc.assert(
    fc.property(anyTree as fc.Arbitrary<Tree<number>>, (tree) => {
      const visited: [string, number][] = [];
      mapTree(tree, isNumber, (x, path) => visited.push([path, x]));
      expect(visited).toEqual(flattenTree(tree, isNumber));
    }),
  );
});
