import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluate, numbers } from '../../../test/support/evaluate.ts';
import { relativeError } from '../../../test/support/gradient-check.ts';
import { randn } from '../../../test/support/operation-cases.ts';
import { spec, type Tree } from '../../core/index.ts';
import { createGraph, input } from '../graph.ts';
import { graphDepth } from '../graph-depth.ts';
import * as t from '../index.ts';

let device: t.Device;
/** For what is written out, which a session takes long to open for. */
let interpreter: t.Device;
beforeAll(() => {
  device = t.openDevice({ threads: 1 });
  interpreter = t.openDevice({ device: 'interpreter' });
});
afterAll(() => Promise.all([device.close(), interpreter.close()]));

/** h' = a ∘ h + b, two of which are one again; and a product of matrices, whose order matters. */
type Step = { readonly affine: readonly [t.Tensor, t.Tensor]; readonly turn: t.Tensor };
const combine = (first: Step, then: Step): Step => ({
  affine: [
    t.mul(first.affine[0], then.affine[0]),
    t.add(t.mul(then.affine[0], first.affine[1]), then.affine[1]),
  ],
  turn: t.matmul(first.turn, then.turn),
});

/** One combination after the other. */
function inOrder(elems: Step, length: number, reverse: boolean): Step {
  const at = (x: t.Tensor, i: number) => t.slice(x, 1, i, i + 1);
  const entry = (i: number): Step => ({
    affine: [at(elems.affine[0], i), at(elems.affine[1], i)],
    turn: at(elems.turn, i),
  });
  const places = Array.from({ length }, (_, i) => (reverse ? length - 1 - i : i));
  const found: Step[] = [];
  for (const place of places) {
    const own = entry(place);
    found.push(found.length === 0 ? own : combine(found.at(-1)!, own));
  }
  if (reverse) found.reverse();
  const join = (pick: (step: Step) => t.Tensor) => t.concat(found.map(pick), 1);
  return {
    affine: [join(({ affine }) => affine[0]), join(({ affine }) => affine[1])],
    turn: join(({ turn }) => turn),
  };
}

describe.each([
  { reverse: false, longest: 77 },
  { reverse: true, longest: 64 },
])('reverse $reverse', ({ reverse, longest }) => {
  test.each([1, 2, 3, 5, 8, 31, 32, 33, longest])('%i entries', async (length) => {
    const inputs = {
      a: randn('a', 2, length, 3),
      b: randn('b', 2, length, 3),
      m: randn('m', 2, length, 2, 2),
    };
    const outputsOf = (computer: t.Device, scan: (elems: Step) => Step) =>
      evaluate(computer, inputs, ({ a, b, m }) => {
        const elems: Step = { affine: [t.sin(a), b], turn: t.sin(m) };
        const { affine, turn } = scan(elems);
        const [kept, written] = affine;
        const loss = [kept, written, turn]
          .map((x) => t.sum(t.mul(x, t.sin(x))))
          .reduce((x, y) => t.add(x, y));
        return [kept, written, turn, ...t.gradients(loss, [a, b, m])];
      });
    const found = await outputsOf(device, (elems) =>
      t.associativeScan(combine, elems, { axis: 1, reverse }),
    );
    const expected = await outputsOf(interpreter, (elems) => inOrder(elems, length, reverse));
    expect(found).toHaveLength(6);
    found.forEach((x, i) => {
      expect(x.shape).toEqual(expected[i]!.shape);
      expect(relativeError(numbers(x), numbers(expected[i]!)), `output ${i}`).toBeLessThan(1e-11);
    });
  });
});

test('sums along any axis, and of nothing', async () => {
  const inputs = { x: randn('x', 3, 40, 2), none: randn('none', 0, 2) };
  const [along, last, nothing, running] = await evaluate(device, inputs, ({ x, none }) => [
    t.associativeScan(t.add, x, { axis: 1 }),
    t.associativeScan(t.add, x, { axis: -1, reverse: true }),
    t.associativeScan(t.add, none),
    t.cumulativeSum(x, 1),
  ]);
  expect(relativeError(numbers(along!), numbers(running!))).toBeLessThan(1e-12);
  expect(last!.shape).toEqual([3, 40, 2]);
  expect(nothing!.shape).toEqual([0, 2]);
});

test('the depth is logarithmic, the work linear', () => {
  const of = (length: number) => {
    const x = input(createGraph(), 'x', spec('float32', [length]));
    let work = 0;
    const add = (a: t.Tensor, b: t.Tensor) => {
      work += a.shape[0]!;
      return t.add(a, b);
    };
    return { depth: graphDepth([t.associativeScan(add, x)]), work, length };
  };
  const [short, long] = [of(1024), of(4096)];
  expect(long.depth - short.depth).toBe(of(16_384).depth - long.depth);
  expect(long.work).toBeLessThan(2.2 * long.length);
  expect(short.depth).toBeLessThan(100);
});

describe('what does not go together is refused in words', () => {
  const graph = createGraph();
  const x = input(graph, 'x', spec('float32', [5, 2]));
  const y = input(graph, 'y', spec('float32', [6, 2]));
  const scan = t.associativeScan as (
    combine: (a: never, b: never) => unknown,
    elems: Tree<t.Tensor>,
    options?: t.AssociativeScanOptions,
  ) => Tree<t.Tensor>;
  test.each<[string, () => unknown, string]>([
    ['nothing', () => scan(t.add, {}), 'elems is empty'],
    ['a number', () => scan(t.add, { a: 3 as never }), "elems 'a' is 3, not a tensor"],
    [
      'other lengths',
      () => scan(t.add, { x, y }),
      "elems 'y' [6, 2] has 6 entries along axis 0, elems 'x' 5",
    ],
    ['an axis that is not there', () => scan(t.add, x, { axis: 2 }), 'axis 2 lies outside'],
    [
      'a combination of another shape',
      () => scan((a: t.Tensor) => t.sum(a, { axes: [1] }), x),
      'the combination is float32 [4], but its argument float32 [4, 2]',
    ],
    [
      'half of a combination',
      () => scan(() => ({}), { x }),
      "the combination lacks its argument 'x'",
    ],
  ])('%s', (_, attempt, message) => {
    expect(attempt).toThrow(message);
  });
});
