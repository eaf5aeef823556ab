// Checks the gradients of a whole model in float64, along random directions and single coordinates.

import { foldIn, keyFromSeed, type NdArray, normal, randomInt } from '../../src/core/index.ts';
import { type Device, gradients, type Tensor } from '../../src/tensor/index.ts';

type Arrays = Readonly<Record<string, NdArray>>;

export type Model = {
  /** Parameters, float64. */
  readonly params: Arrays;
  /** What else the loss reads. */
  readonly inputs?: Arrays;
  readonly loss: (
    params: Readonly<Record<string, Tensor>>,
    inputs: Readonly<Record<string, Tensor>>,
  ) => Tensor;
};

/** A slope by central difference, and the same from the gradients. */
export type Slope = { readonly what: string; readonly numeric: number; readonly analytic: number };

const STEP = 1e-4;

/** Slopes along `directions` random directions, and along one coordinate of each parameter. */
export async function checkSlopes(
  device: Device,
  { params, inputs = {}, loss }: Model,
  directions = 4,
): Promise<Slope[]> {
  const names = Object.keys(params);
  const key = keyFromSeed(99);
  const evaluate = await device.compile({
    states: {},
    inputs: { params, inputs },
    build: (_states, given) => ({ outputs: { loss: loss(given.params, given.inputs) } }),
  });
  const differentiate = await device.compile({
    states: {},
    inputs: { params, inputs },
    build: (_states, given) => {
      const tensors: Record<string, Tensor> = given.params;
      const value = loss(tensors, given.inputs);
      const found = gradients(
        value,
        names.map((name) => tensors[name]!),
      );
      return { outputs: Object.fromEntries(names.map((name, i) => [name, found[i]!])) };
    },
  });
  const found = (await differentiate.run({}, { params, inputs }).read()) as Arrays;

  /** The loss at a distance along a direction; parameters without one stay. */
  const lossAt = async (
    direction: Readonly<Record<string, ArrayLike<number>>>,
    distance: number,
  ) => {
    const moved = Object.fromEntries(
      names.map((name) => {
        const { shape, data } = params[name]!;
        const along = direction[name];
        const values = Float64Array.from(
          data as Float64Array,
          (v, i) => v + distance * (along?.[i] ?? 0),
        );
        return [name, { dtype: 'float64' as const, shape, data: values }];
      }),
    );
    const out = await evaluate.run({}, { params: moved, inputs }).read();
    return Number(out.loss.data[0]);
  };
  const slope = async (
    what: string,
    direction: Readonly<Record<string, ArrayLike<number>>>,
  ): Promise<Slope> => {
    const rise = async (distance: number) =>
      (await lossAt(direction, distance)) - (await lossAt(direction, -distance));
    // Five points: the error falls with the fourth power of the step.
    const numeric = (8 * (await rise(STEP)) - (await rise(2 * STEP))) / (12 * STEP);
    let analytic = 0;
    for (const [name, along] of Object.entries(direction)) {
      const g = found[name]!.data as Float64Array;
      for (let i = 0; i < g.length; i++) analytic += g[i]! * along[i]!;
    }
    return { what, numeric, analytic };
  };

  const slopes: Slope[] = [];
  for (let n = 0; n < directions; n++) {
    const random = names.map((name) => [
      name,
      normal(foldIn(foldIn(key, n), name), params[name]!.data.length),
    ]);
    slopes.push(await slope(`direction ${n}`, Object.fromEntries(random)));
  }
  for (const name of names) {
    const along = new Float64Array(params[name]!.data.length);
    const element = randomInt(foldIn(key, name), along.length);
    along[element] = 1;
    slopes.push(await slope(`${name}[${element}]`, { [name]: along }));
  }
  await evaluate.close();
  await differentiate.close();
  return slopes;
}
