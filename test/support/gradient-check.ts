// Checks derivatives: analytic gradients of many small cases against central finite differences,
// all cases in one program, every coordinate of every case moved in the same runs.

import {
  type ArraySpec,
  arrayOf,
  foldIn,
  keyFromSeed,
  type NdArray,
  normal,
  sizeOf,
} from '../../src/core/index.ts';
import { createGraph, type Graph, input } from '../../src/tensor/graph.ts';
import {
  add,
  constant,
  type Device,
  gradients,
  mul,
  scalar,
  sum,
  type Tensor,
} from '../../src/tensor/index.ts';

/** Named inputs of a case; float64 arrays are differentiated, integer ones are not. */
export type CaseInputs = Readonly<Record<string, NdArray>>;

export type GradientCase = {
  readonly name: string;
  readonly inputs: CaseInputs;
  /** Traces the function to check; any shape of the result. */
  readonly build: (x: Readonly<Record<string, Tensor>>) => Tensor;
  /** The derivative of the derivative is checked as well, unless this is false. */
  readonly second?: boolean;
};

export type CheckedCase = {
  /** Values of the function. */
  readonly value: NdArray;
  /** Gradients of a random projection of the values, by input. */
  readonly first: Readonly<Record<string, ArrayLike<number>>>;
  /** Gradients of a random projection of those gradients. */
  readonly second: Readonly<Record<string, ArrayLike<number>>>;
};

/** A case's inputs with another float dtype. */
export function castInputs(inputs: CaseInputs, dtype: 'float32' | 'float64'): CaseInputs {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, x]) => [
      name,
      x.dtype === 'float64' ? arrayOf(dtype, x.shape, x.data as Float64Array) : x,
    ]),
  );
}

function isDifferentiated(x: ArraySpec): boolean {
  return x.dtype === 'float64' || x.dtype === 'float32';
}

/** Σ x · w with fixed random weights: every element counts, none as much as another. */
function project(x: Tensor, name: string): Tensor {
  const weights = normal(foldIn(keyFromSeed(4711), name), sizeOf(x.shape));
  return sum(mul(x, constant(x.graph, arrayOf(x.dtype, x.shape, weights))));
}

type Traced = { value: Tensor; losses: Tensor[]; gradients: Tensor[][] };

function trace(check: GradientCase, x: Readonly<Record<string, Tensor>>): Traced {
  const names = Object.keys(x).filter((name) => isDifferentiated(x[name]!));
  const roots = names.map((name) => x[name]!);
  const value = check.build(x);
  const loss = project(value, 'value');
  const first = gradients(loss, roots);
  if (check.second === false) return { value, losses: [loss], gradients: [first] };
  const inner = first.map((g, i) => project(g, names[i]!)).reduce((a, b) => add(a, b));
  // A function that is linear in everything has a constant derivative; the zero keeps it traced.
  const probe = add(inner, mul(sum(roots[0]!), scalar(value.graph, 0, value.dtype)));
  return { value, losses: [loss, probe], gradients: [first, gradients(probe, roots)] };
}

/** Operations of a case's function and its gradients. */
export function tracedOperations(check: GradientCase): Set<string> {
  const graph: Graph = createGraph();
  const x = Object.entries(check.inputs).map(([name, value]) => [name, input(graph, name, value)]);
  trace(check, Object.fromEntries(x));
  return new Set(graph.nodes.map((node) => node.operation.name));
}

/** Zero gradients for each differentiated input. */
function emptyGradients(inputs: CaseInputs): Record<string, Float64Array> {
  return Object.fromEntries(
    Object.entries(inputs)
      .filter(([, x]) => isDifferentiated(x))
      .map(([name, x]) => [name, new Float64Array(x.data.length)]),
  );
}

/**
 * How many cases share a program, by default: compiling takes time that grows faster than a program, and each program has a cost
 * of its own. Cases of whole models are fewer.
 */
const CASES_PER_PROGRAM = 10;

function groupCases<C>(cases: readonly C[], size = CASES_PER_PROGRAM): C[][] {
  const count = Math.ceil(cases.length / size);
  return Array.from({ length: count }, (_, i) => cases.slice(i * size, (i + 1) * size));
}

/** Values and analytic gradients of all cases, by name. */
export async function runCases(
  device: Device,
  cases: readonly GradientCase[],
  perProgram = CASES_PER_PROGRAM,
): Promise<Map<string, CheckedCase>> {
  const found = new Map<string, CheckedCase>();
  for (const group of groupCases(cases, perProgram)) {
    for (const [name, checked] of await runTogether(device, group)) found.set(name, checked);
  }
  return found;
}

async function runTogether(
  device: Device,
  cases: readonly GradientCase[],
): Promise<Map<string, CheckedCase>> {
  const inputs = Object.fromEntries(cases.map((check) => [check.name, check.inputs]));
  const program = await device.compile({
    states: {},
    inputs,
    build: (_states, given) => ({
      outputs: Object.fromEntries(
        cases.map((check) => {
          const traced = trace(check, given[check.name] as Record<string, Tensor>);
          return [check.name, { value: traced.value, gradients: traced.gradients }];
        }),
      ),
    }),
  });
  const found = (await program.run({}, inputs as never).read()) as unknown as Record<
    string,
    { value: NdArray; gradients: NdArray[][] }
  >;
  await program.close();
  return new Map(
    cases.map((check) => {
      const { value, gradients: orders } = found[check.name]!;
      const names = Object.keys(check.inputs).filter((n) => isDifferentiated(check.inputs[n]!));
      const byInput = (order: NdArray[] | undefined) =>
        Object.fromEntries(
          (order ?? []).map((g, i) => [names[i]!, Array.from(g.data as Float64Array, Number)]),
        );
      return [check.name, { value, first: byInput(orders[0]), second: byInput(orders[1]) }];
    }),
  );
}

/** The same gradients from central differences of the projections, in float64. */
export async function differentiateNumerically(
  device: Device,
  cases: readonly GradientCase[],
  step = 1e-5,
): Promise<Map<string, Omit<CheckedCase, 'value'>>> {
  const results = cases.map((check) => ({
    first: emptyGradients(check.inputs),
    second: check.second === false ? {} : emptyGradients(check.inputs),
  }));
  // Coordinate number i of each case: (input, element).
  const coordinates = cases.map((check) =>
    Object.entries(check.inputs).flatMap(([name, x]) =>
      isDifferentiated(x) ? [...x.data.keys()].map((i) => [name, i] as const) : [],
    ),
  );
  const measured = await measureSlopes(
    device,
    cases,
    coordinates.map((list) =>
      list.map(([name, element]) => ({
        input: name,
        move: (x, by) => {
          x[element]! += by;
        },
      })),
    ),
    step,
  );
  coordinates.forEach((list, i) => {
    list.forEach(([name, element], n) => {
      const [first, second] = measured[i]![n]!;
      results[i]!.first[name]![element] = first!;
      if (second !== undefined) results[i]!.second[name]![element] = second;
    });
  });
  return new Map(cases.map((check, i) => [check.name, results[i]!]));
}

/** A slope of a case's projection along a random direction of one input, and the same from its gradient. */
export type DirectionSlope = {
  readonly name: string;
  readonly input: string;
  readonly numeric: number;
  readonly analytic: number;
};

/**
 * Slopes along random directions of every input, by central differences, beside those that the gradients give: for cases of so
 * many coordinates that moving each takes long. A gradient that is wrong anywhere is wrong along a random direction.
 */
export async function compareAlongDirections(
  device: Device,
  cases: readonly GradientCase[],
  gradientsOf: (name: string) => CheckedCase['first'],
  { directions = 1, step = 1e-5, perProgram = CASES_PER_PROGRAM } = {},
): Promise<DirectionSlope[]> {
  const chosen = cases.map((check) =>
    Object.entries(check.inputs)
      .filter(([, x]) => isDifferentiated(x))
      .flatMap(([name, x]) =>
        Array.from({ length: directions }, (_, n) => ({
          input: name,
          along: normal(foldIn(foldIn(keyFromSeed(99), name), n), x.data.length),
        })),
      ),
  );
  const measured = await measureSlopes(
    device,
    cases,
    chosen.map((list) =>
      list.map(({ input: name, along }) => ({
        input: name,
        move: (x, by) => {
          for (let i = 0; i < x.length; i++) x[i]! += by * along[i]!;
        },
      })),
    ),
    step,
    perProgram,
  );
  return cases.flatMap(({ name }, i) =>
    chosen[i]!.map(({ input: key, along }, n) => {
      const gradient = gradientsOf(name)[key]!;
      let analytic = 0;
      for (let k = 0; k < along.length; k++) analytic += gradient[k]! * along[k]!;
      return { name, input: key, numeric: measured[i]![n]![0]!, analytic };
    }),
  );
}

type Move = {
  readonly input: string;
  readonly move: (values: Float64Array, by: number) => void;
};

/** Slopes of every projection of each case, `[case, move, order]`. */
async function measureSlopes(
  device: Device,
  cases: readonly GradientCase[],
  moves: readonly (readonly Move[])[],
  step: number,
  perProgram?: number,
): Promise<number[][][]> {
  const slopes: number[][][] = [];
  const moved = cases.map((check, i) => ({ check, moves: moves[i]! }));
  for (const group of groupCases(moved, perProgram)) {
    const [checks, their] = [group.map((one) => one.check), group.map((one) => one.moves)];
    slopes.push(...(await measureTogether(device, checks, their, step)));
  }
  return slopes;
}

/** The same of a few cases: move n of all at once, in one program for all. */
async function measureTogether(
  device: Device,
  cases: readonly GradientCase[],
  moves: readonly (readonly Move[])[],
  step: number,
): Promise<number[][][]> {
  const program = await device.compile({
    states: {},
    inputs: Object.fromEntries(cases.map(({ name, inputs }) => [name, inputs])),
    build: (_states, given) => ({
      outputs: cases.map(
        (check) => trace(check, given[check.name] as Record<string, Tensor>).losses,
      ),
    }),
  });
  const evaluate = async (number: number, by: number) => {
    const moved = cases.map(({ name, inputs }, i) => {
      const change = moves[i]![number];
      if (!change) return [name, inputs];
      const x = inputs[change.input]!;
      const data = Float64Array.from(x.data as Float64Array);
      change.move(data, by);
      return [name, { ...inputs, [change.input]: { ...x, data } }];
    });
    const out = (await program.run({}, Object.fromEntries(moved)).read()) as unknown as NdArray[][];
    return out.map((losses) => losses.map((loss) => Number(loss.data[0])));
  };
  const slopes: number[][][] = cases.map(() => []);
  for (let n = 0; n < Math.max(...moves.map((list) => list.length)); n++) {
    const above = await evaluate(n, step);
    const below = await evaluate(n, -step);
    moves.forEach((list, i) => {
      if (!list[n]) return;
      slopes[i]!.push(above[i]!.map((loss, order) => (loss - below[i]![order]!) / (2 * step)));
    });
  }
  await program.close();
  return slopes;
}

/** The largest difference between two lists, relative to the largest element (at least 1). */
export function relativeError(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  let scale = 1;
  let error = 0;
  for (let i = 0; i < expected.length; i++) {
    scale = Math.max(scale, Math.abs(expected[i]!));
    const difference = Math.abs(found[i]! - expected[i]!);
    error = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(error, difference);
  }
  return error / scale;
}
