import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluate, numbers } from '../../../test/support/evaluate.ts';
import { relativeError } from '../../../test/support/gradient-check.ts';
import { randn } from '../../../test/support/operation-cases.ts';
import { unrolledScan } from '../../../test/support/unrolled-scan.ts';
import { arrayOf, type NdArray, spec, type Tree } from '../../core/index.ts';
import { createGraph, input } from '../graph.ts';
import * as t from '../index.ts';

let device: t.Device;
let interpreter: t.Device;
beforeAll(() => {
  device = t.openDevice({ threads: 1 });
  interpreter = t.openDevice({ device: 'interpreter' });
});
afterAll(() => Promise.all([device.close(), interpreter.close()]));

type Tensors = Tree<t.Tensor>;
type Loop = t.ScanOptions<Tensors, Tensors, Tensors> & { length: number };
type Body = t.ScanBody<Tensors, Tensors, Tensors, Tensors>;
type Scan = (body: Body, loop: Loop) => { carry: Tensors; ys: Tensors };

const leavesOf = (tree: Tensors): t.Tensor[] =>
  t.isTensor(tree)
    ? [tree]
    : Object.entries(tree)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([, child]) => leavesOf(child as Tensors));
const isFloat = ({ dtype }: t.Tensor) => dtype === 'float64';
/** Σ x³, so that second derivatives are not constant. */
const cubes = (list: readonly t.Tensor[]) =>
  list
    .filter(isFloat)
    .map((x) => t.sum(t.mul(t.mul(x, x), x)))
    .reduce((a, b) => t.add(a, b));

/** Everything that comes out of a loop, and gradients of first and second order. */
function differentiate(
  scan: Scan,
  body: Body,
  loop: Loop,
  orders: number,
  roots = [loop.init, loop.xs ?? {}, loop.consts ?? {}].flatMap(leavesOf).filter(isFloat),
): t.Tensor[] {
  const { carry, ys } = scan(body, loop);
  const found = [...leavesOf(carry), ...leavesOf(ys)];
  let last = found;
  for (let order = 0; order < orders; order++) {
    last = t.gradients(cubes(last), roots);
    found.push(...last);
  }
  return found;
}

/** Holds a loop against its steps written out, which the interpreter computes: a session for them takes long to open. */
async function compare(
  inputs: Readonly<Record<string, NdArray>>,
  build: (x: Readonly<Record<string, t.Tensor>>) => { body: Body; loop: Loop },
  { orders = 2, on = device, bound = 1e-11 } = {},
): Promise<void> {
  const outputsOf = (computer: t.Device, scan: Scan) =>
    evaluate(computer, inputs, (x) => {
      const { body, loop } = build(x as Record<string, t.Tensor>);
      return differentiate(scan, body, loop, orders);
    });
  const found = await outputsOf(on, t.scan as Scan);
  const steps = await outputsOf(interpreter, unrolledScan as Scan);
  expect(found).toHaveLength(steps.length);
  for (const [i, own] of found.entries()) {
    const expected = steps[i]!;
    expect(own.shape).toEqual(expected.shape);
    expect(own.dtype).toBe(expected.dtype);
    expect(relativeError(numbers(own), numbers(expected)), `output ${i}`).toBeLessThan(bound);
  }
}

/** A recurrent network of a step: h' = tanh(u x + w h + b). */
const cell = ((h: t.Tensor, x: t.Tensor, k: Record<string, t.Tensor>) => {
  const input = t.add(t.matmul(x, k.u!, { transposeB: true }), k.b!);
  const next = t.tanh(t.add(input, t.matmul(h, k.w!, { transposeB: true })));
  return { carry: next, y: { next, square: t.mul(next, next) } };
}) as unknown as Body;

const CELL = {
  h: randn('h', 2, 3),
  x: randn('x', 7, 2, 4),
  w: randn('w', 3, 3),
  u: randn('u', 3, 4),
  b: randn('b', 3),
};

describe('a loop is its steps, one after the other', () => {
  const settings = [
    {},
    { reverse: true },
    { checkpointEvery: 1 },
    { checkpointEvery: 3 },
    { checkpointEvery: 3, reverse: true },
    { checkpointEvery: 100 },
    { truncate: 1 },
    { truncate: 2 },
    { truncate: 3, reverse: true, checkpointEvery: 2 },
    { truncate: 7 },
  ];
  test.each(settings)('with %o', async (options) => {
    await compare(CELL, ({ h, x, ...consts }) => ({
      body: cell,
      loop: { init: h!, xs: x!, consts, length: 7, ...options },
    }));
  });

  test('of one step', async () => {
    const one = { ...CELL, x: randn('x', 1, 2, 4) };
    await compare(one, ({ h, x, ...consts }) => ({
      body: cell,
      loop: { init: h!, xs: x!, consts, length: 1 },
    }));
  });

  test('in float32, to rounding', async () => {
    const inputs = Object.fromEntries(
      Object.entries(CELL).map(([name, x]) => [name, arrayOf('float32', x.shape, x.data as never)]),
    );
    const out = await evaluate(device, inputs, ({ h, x, ...consts }) =>
      [t.scan as Scan, unrolledScan as Scan].flatMap((scan) => {
        const { carry } = scan(cell, { init: h!, xs: x!, consts, length: 7 });
        const loss = t.sum(carry as t.Tensor);
        return [loss, ...t.gradients(loss, [h!, ...Object.values(consts)])];
      }),
    );
    const half = out.length / 2;
    out.slice(0, half).forEach((x, i) => {
      expect(relativeError(numbers(x), numbers(out[half + i]!))).toBeLessThan(1e-5);
    });
  });

  test.each(['onnxruntime', 'the interpreter'])('whatever it carries, on %s', async (name) => {
    const inputs = {
      table: randn('table', 5, 3),
      tokens: arrayOf('int32', [6, 2], [0, 3, 1, 4, 4, 2, 0, 0, 3, 3, 1, 2]),
      flags: arrayOf('bool', [6, 2, 1], [1, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 1]),
      h: randn('h', 2, 3),
      count: arrayOf('int64', [], [3]),
      last: arrayOf('int32', [2], [1, 2]),
    };
    const body = ((
      carry: { h: t.Tensor; count: t.Tensor; seen: { last: t.Tensor } },
      [token, flag]: readonly [t.Tensor, t.Tensor],
      table: t.Tensor,
    ) => {
      const read = t.add(t.gatherRows(table, token), t.gatherRows(table, carry.seen.last));
      const moved = t.sin(t.mul(carry.h, read));
      const h = t.where(flag, moved, carry.h);
      const weight = t.cast(carry.count, h.dtype);
      return {
        carry: { seen: { last: token }, count: t.add(carry.count, 2), h: t.mul(h, 1.1) },
        y: [t.mul(h, weight), carry.seen.last, t.full(h.graph, [2], 7, h.dtype)],
      };
    }) as unknown as Body;
    await compare(
      inputs,
      ({ table, tokens, flags, h, count, last }) => ({
        body,
        loop: {
          init: { h: h!, count: count!, seen: { last: last! } },
          xs: [tokens!, flags!],
          consts: table!,
          length: 6,
        },
      }),
      { on: name === 'onnxruntime' ? device : interpreter },
    );
  });

  test('without xs, without a carry, without ys, without constants', async () => {
    const inputs = { h: randn('h', 3), x: randn('x', 4, 3) };
    await compare(inputs, ({ h }) => ({
      body: ((carry: t.Tensor) => ({ carry: t.sin(carry), y: {} })) as unknown as Body,
      loop: { init: h!, length: 4 },
    }));
    await compare(inputs, ({ h, x }) => ({
      body: ((_: Tensors, entry: t.Tensor, k: t.Tensor) => ({
        carry: {},
        y: [t.mul(t.sin(entry), k)],
      })) as unknown as Body,
      loop: { init: {}, xs: x!, consts: h!, length: 4 },
    }));
    await compare(inputs, ({ h }) => ({
      body: ((_: Tensors, _x: Tensors, k: t.Tensor) => ({
        carry: {},
        y: t.exp(k),
      })) as unknown as Body,
      loop: { init: {}, consts: h!, length: 3 },
    }));
    // What passes through, unchanged and in another place.
    await compare(inputs, ({ h, x }) => ({
      body: (([a, b]: readonly t.Tensor[], entry: t.Tensor, k: t.Tensor) => ({
        carry: [b!, a!],
        y: { a: a!, entry, k, twice: [a!, a!] },
      })) as unknown as Body,
      loop: { init: [h!, t.mul(h!, 2)], xs: x!, consts: h!, length: 4 },
    }));
  });

  test('of loops', async () => {
    const inputs = { h: randn('h', 2), x: randn('x', 3, 4, 2), k: randn('k', 2) };
    const inner = ((carry: t.Tensor, x: t.Tensor, k: t.Tensor) => {
      const next = t.tanh(t.add(t.mul(carry, k), x));
      return { carry: next, y: t.mul(next, x) };
    }) as unknown as Body;
    for (const checkpointEvery of [undefined, 2]) {
      await compare(inputs, ({ h, x, k }) => ({
        body: ((carry: t.Tensor, rows: t.Tensor, own: t.Tensor) => {
          const found = (t.scan as Scan)(inner, {
            init: carry,
            xs: rows,
            consts: own,
            length: 4,
            reverse: true,
            checkpointEvery,
          });
          return { carry: found.carry, y: found.ys };
        }) as unknown as Body,
        loop: { init: h!, xs: x!, consts: k!, length: 3, checkpointEvery },
      }));
    }
  });

  test('with what has a derivative of its own inside', async () => {
    const inputs = { h: randn('h', 1, 1, 3, 2), x: randn('x', 4, 1, 1, 3, 2), w: randn('w', 2) };
    await compare(inputs, ({ h, x, w }) => ({
      body: ((carry: t.Tensor, entry: t.Tensor, weight: t.Tensor) => {
        const seen = t.attention(carry, entry, t.silu(entry), { causal: true });
        const next = t.rmsNorm(t.add(carry, t.reshape(seen, carry.shape)), weight, 1e-3);
        return { carry: next, y: t.swiglu(next, entry) };
      }) as unknown as Body,
      loop: { init: h!, xs: x!, consts: w!, length: 4 },
    }));
  });

  test('gradients stop where they are told to, and within', async () => {
    const inputs = { h: randn('h', 3), x: randn('x', 4, 3), k: randn('k', 3) };
    await compare(inputs, ({ h, x, k }) => ({
      body: ((carry: t.Tensor, entry: t.Tensor, own: t.Tensor) => {
        const [inside] = t.gradients(t.sum(t.exp(t.mul(carry, own))), [carry]);
        const next = t.add(t.sin(t.mul(carry, entry)), t.mul(t.stopGradient(carry), inside!));
        return { carry: t.mul(next, 0.3), y: t.stopGradient(next) };
      }) as unknown as Body,
      loop: { init: h!, xs: x!, consts: k!, length: 4 },
    }));
  });
});

/** An operation of a random body on what there is, by index. */
type Instruction = { readonly op: number; readonly a: number; readonly b: number };
type RandomLoop = {
  readonly length: number;
  readonly reverse: boolean;
  readonly checkpointEvery: number | undefined;
  readonly truncate: number | undefined;
  readonly instructions: readonly Instruction[];
  readonly carries: number;
  readonly xs: number;
  readonly consts: number;
  readonly ys: readonly number[];
};

const OPS: readonly ((a: t.Tensor, b: t.Tensor) => t.Tensor)[] = [
  (a, b) => t.add(a, b),
  (a, b) => t.tanh(t.mul(a, b)),
  (a, b) => t.tanh(t.matmul(a, b)),
  (a, b) => t.tanh(t.matmul(a, b, { transposeA: true, scale: 0.5 })),
  (a, b) => t.matmul(t.sin(a), t.sin(b), { transposeB: true }),
  (a) => t.softmax(a),
  (a, b) => t.where(t.greater(a, 0.1), b, t.mul(a, 0.5)),
  (a, b) => t.slice(t.concat([t.transpose(a), b], 0), 0, 1, 3),
  (a, b) => t.add(t.mean(a, { axes: [0] }), b),
  (a, b) => t.mul(t.sum(t.sin(a)), t.cos(b)),
  (a) => t.stopGradient(a),
  (a, b) =>
    t.sub(t.reshape(t.max(a, { axes: [1] }), [2, 1]), t.expand(t.slice(b, 0, 0, 1), [2, 2])),
];

function randomBody({ instructions, ys }: RandomLoop): Body {
  return ((carry: readonly t.Tensor[], x: readonly t.Tensor[], k: readonly t.Tensor[]) => {
    const known = [...carry, ...x, ...k];
    for (const { op, a, b } of instructions) {
      known.push(OPS[op % OPS.length]!(known[a % known.length]!, known[b % known.length]!));
    }
    // The newest are carried on.
    const next = carry.map((_, i) => t.tanh(known.at(-1 - (i % known.length))!));
    return { carry: next, y: ys.map((i) => known[i % known.length]!) };
  }) as unknown as Body;
}

const randomLoop = fc.record<RandomLoop>({
  length: fc.integer({ min: 1, max: 6 }),
  reverse: fc.boolean(),
  checkpointEvery: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  truncate: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined, freq: 1 }),
  instructions: fc.array(fc.record({ op: fc.nat(100), a: fc.nat(100), b: fc.nat(100) }), {
    minLength: 1,
    maxLength: 8,
  }),
  carries: fc.integer({ min: 1, max: 3 }),
  xs: fc.integer({ min: 0, max: 2 }),
  consts: fc.integer({ min: 0, max: 3 }),
  ys: fc.array(fc.nat(100), { maxLength: 3 }),
});

test('random loops', { timeout: 120_000 }, async () => {
  for (const loop of fc.sample(randomLoop, { seed: 7, numRuns: 8 })) {
    const { length, reverse, checkpointEvery, truncate, carries, xs, consts } = loop;
    const name = (kind: string, count: number) =>
      Array.from({ length: count }, (_, i) => `${kind}${i}`);
    const names = { c: name('c', carries), x: name('x', xs), k: name('k', consts) };
    const inputs = Object.fromEntries([
      ...names.c.map((n) => [n, randn(n, 2, 2)]),
      ...names.x.map((n) => [n, randn(n, length, 2, 2)]),
      ...names.k.map((n) => [n, randn(n, 2, 2)]),
    ]) as Record<string, NdArray>;
    try {
      await compare(
        inputs,
        (x) => ({
          body: randomBody(loop),
          loop: {
            init: names.c.map((n) => x[n]!),
            xs: names.x.map((n) => x[n]!),
            consts: names.k.map((n) => x[n]!),
            ...{ length, reverse, checkpointEvery, truncate },
          },
        }),
        { bound: 1e-9 },
      );
    } catch (error) {
      throw new Error(JSON.stringify(loop), { cause: error });
    }
  }
});

test('no step gives back the initial carry, and nothing stacked', async () => {
  const inputs = { h: randn('h', 2, 3), x: randn('x', 0, 2, 4) };
  const [carry, y, ...slopes] = await evaluate(device, inputs, ({ h, x }) => {
    const found = t.scan(
      (before: t.Tensor, entry: t.Tensor) => ({
        carry: t.mul(before, 2),
        y: t.sum(entry, { axes: [1] }),
      }),
      { init: h, xs: x },
    );
    return [found.carry, found.ys, ...t.gradients(t.sum(found.carry), [h, x])];
  });
  expect(numbers(carry!)).toEqual(numbers(inputs.h));
  expect(y!.shape).toEqual([0, 2]);
  expect(numbers(slopes[0]!)).toEqual([1, 1, 1, 1, 1, 1]);
  expect(slopes[1]!.shape).toEqual([0, 2, 4]);
});

test('a probe has the gradients of the carry at each step', async () => {
  const inputs = { h: randn('h', 3), k: randn('k', 3) };
  const [probed, ...one] = await evaluate(device, inputs, ({ h, k }) => {
    const probes = t.full(h.graph, [4, 3], 0, h.dtype);
    const step = (carry: t.Tensor) => t.sin(t.mul(carry, k));
    const { carry } = t.scan(
      (before: t.Tensor, probe: t.Tensor, own: t.Tensor) => {
        const next = t.probeGradient(t.sin(t.mul(before, own)), probe);
        return { carry: next, y: {} };
      },
      { init: h, xs: probes, consts: k },
    );
    const steps = [1, 2, 3].reduce((all) => [...all, step(all.at(-1)!)], [step(h)]);
    return [
      ...t.gradients(t.sum(t.exp(carry)), [probes]),
      ...t.gradients(t.sum(t.exp(steps.at(-1)!)), steps),
    ];
  });
  expect(relativeError(numbers(probed!), one.flatMap(numbers))).toBeLessThan(1e-13);
});

test('a loop inside of a function with a derivative of its own is not looked into', async () => {
  const [g] = await evaluate(device, { x: randn('x', 3) }, ({ x }) => {
    const [out] = t.customGradient([x], () => ({
      outputs: [
        t.scan((c: t.Tensor) => ({ carry: t.sin(c), y: {} }), { init: x, length: 3 }).carry,
      ],
      vjp: ([cotangent]) => [() => t.mul(cotangent!, 5)],
    }));
    return t.gradients(t.sum(out!), [x]);
  });
  expect(numbers(g!)).toEqual([5, 5, 5]);
});

describe('second derivatives of what is traced with customGradient', () => {
  const twice = (x: t.Tensor) => {
    const [out] = t.customGradient([x], () => {
      const inside = t.exp(x);
      return { outputs: [t.mul(inside, 1)], vjp: ([g]) => [() => t.mul(g!, inside)] };
    });
    return out!;
  };
  test('are refused inside of a loop, too', () => {
    const x = input(createGraph(), 'x', spec('float64', [2]));
    const { carry } = t.scan((c: t.Tensor) => ({ carry: twice(c), y: {} }), { init: x, length: 3 });
    const [g] = t.gradients(t.sum(carry), [x]);
    expect(() => t.gradients(t.sum(g!), [x])).toThrow('no second derivative');
  });
});

describe('what does not go together is refused in words', () => {
  const graph = createGraph();
  const [h, x, y, one] = [
    input(graph, 'h', spec('float32', [2, 3])),
    input(graph, 'x', spec('float32', [5, 2])),
    input(graph, 'y', spec('float32', [6, 2])),
    input(graph, 'one', spec('float32', [])),
  ] as const;
  const keep = ((carry: Tensors) => ({ carry, y: {} })) as unknown as Body;
  const returning = (carry: unknown, made: unknown = {}) =>
    ((_: Tensors) => ({ carry, y: made })) as unknown as Body;
  test.each<[string, Body, t.ScanOptions<Tensors, Tensors, Tensors>, string]>([
    ['nothing', keep, { init: {}, length: 3 }, 'init, xs and consts are all empty'],
    ['no length', keep, { init: h }, 'give the number of steps as length'],
    ['a half step', keep, { init: h, length: 1.5 }, 'length is 1.5; use a whole number'],
    ['fewer than no steps', keep, { init: h, length: -1 }, 'length is -1'],
    ['a scalar in time', keep, { init: h, xs: { one } }, "xs 'one' is a scalar"],
    [
      'lengths that differ',
      keep,
      { init: h, xs: { x, y } },
      "xs 'y' [6, 2] has 6 steps, those of xs 'x' 5",
    ],
    ['another length', keep, { init: h, xs: x, length: 4 }, 'xs [5, 2] has 5 steps, length 4'],
    [
      'no checkpoint',
      keep,
      { init: h, xs: x, checkpointEvery: 0 },
      'checkpointEvery is 0; use a positive integer',
    ],
    ['truncation to nothing', keep, { init: h, xs: x, truncate: -2 }, 'truncate is -2'],
    [
      'a carry of another shape',
      ((carry: t.Tensor) => ({ carry: t.sum(carry, { axes: [1] }), y: {} })) as unknown as Body,
      { init: h, xs: x },
      "the body's carry is float32 [2], but init float32 [2, 3]; a carry keeps its layout, shapes and dtypes: reshape",
    ],
    [
      'a carry of another dtype',
      (({ a }: Record<string, t.Tensor>) => ({
        carry: { a: t.cast(a!, 'int32') },
        y: {},
      })) as unknown as Body,
      { init: { a: h }, xs: x },
      "the body's carry 'a' is int32 [2, 3], but init 'a' float32 [2, 3]",
    ],
    [
      'a carry that lacks something',
      (({ a }: Record<string, t.Tensor>) => ({ carry: { a }, y: {} })) as unknown as Body,
      { init: { a: h, b: h }, xs: x },
      "the body's carry lacks init 'b'",
    ],
    [
      'a carry with more in it',
      ((a: t.Tensor) => ({ carry: { a, b: a }, y: {} })) as unknown as Body,
      { init: h, xs: x },
      "the body's carry 'a' is superfluous; a carry keeps its layout",
    ],
    [
      'a number as a carry',
      returning(3),
      { init: h, xs: x },
      "the body's carry is 3, not a tensor",
    ],
    ['no carry', returning(undefined), { init: h, xs: x }, "the body's carry is undefined"],
    [
      'no y',
      ((carry: Tensors) => ({ carry })) as unknown as Body,
      { init: h, xs: x },
      "the body's y is undefined, not a tensor",
    ],
    [
      'what was there outside',
      ((carry: Tensors) => ({ carry, y: { out: h } })) as unknown as Body,
      { init: h, xs: x },
      "the body's y 'out' is a tensor from outside of the body; pass it in consts",
    ],
    [
      'an operation on what was there outside',
      ((carry: t.Tensor) => ({ carry: t.add(carry, h), y: {} })) as unknown as Body,
      { init: h, xs: x },
      'pass what the body of a scan uses in consts',
    ],
  ])('%s', (_, body, options, message) => {
    expect(() => (t.scan as Scan)(body, options as Loop)).toThrow(message);
  });
});
