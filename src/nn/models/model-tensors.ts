// Parameters of a model as named tensors: their names are the paths of the tree.

import {
  type ArraySpec,
  arrayOf,
  escapeControlCharacters,
  flattenTree,
  isNdArray,
  isParamSpec,
  type MapLeaves,
  mapTree,
  type NdArray,
  type ParamSpec,
  type Tree,
  UserError,
} from '../../core/index.ts';
import type { DerivedTensors } from './model.ts';

/** Parameters by name, without a copy. */
export function namedTensors(params: unknown): Record<string, NdArray> {
  return Object.fromEntries(flattenTree<NdArray>(params as Tree<NdArray>, isNdArray));
}

/**
 * Parameters from named tensors, without a copy where they are float32.
 *
 * @param source what the tensors were read from, for messages
 * @param derived tensors that may be present besides the parameters; one that repeats a parameter must equal it
 * @throws UserError if a tensor is missing, has another shape or dtype than in `specs`, or is unknown
 */
export function paramsFromTensors<P>(
  specs: P,
  tensors: Readonly<Record<string, NdArray>>,
  source: string,
  derived?: DerivedTensors,
): MapLeaves<P, ParamSpec, NdArray> {
  checkTensors(specs, tensors, source, derived);
  return mapTree<ParamSpec, NdArray>(specs as Tree<ParamSpec>, isParamSpec, (spec, name) => {
    const found = tensors[name]!;
    return found.dtype === spec.dtype
      ? found
      : arrayOf(spec.dtype, spec.shape, found.data as Float64Array);
  }) as MapLeaves<P, ParamSpec, NdArray>;
}

const SHOWN_CHARACTERS = 80;

/** A tensor's name, safe to print. */
export function quoteTensor(name: string): string {
  const isLong = name.length > SHOWN_CHARACTERS;
  return `'${escapeControlCharacters(name.slice(0, SHOWN_CHARACTERS))}${isLong ? '…' : ''}'`;
}

/** A tensor, or its shape and dtype before it is read. */
export type TensorShape = Pick<NdArray, 'dtype' | 'shape'> & Partial<NdArray>;

/**
 * Checks that named tensors are those of a model.
 *
 * @throws UserError as `paramsFromTensors`
 */
export function checkTensors(
  specs: unknown,
  tensors: Readonly<Record<string, TensorShape>>,
  source: string,
  derived: DerivedTensors = () => undefined,
): void {
  const wanted = new Map(flattenTree<ParamSpec>(specs as Tree<ParamSpec>, isParamSpec));
  const problems = [
    ...[...wanted].flatMap(([name, spec]) => describeMismatch(name, spec, tensors[name])),
    ...Object.entries(tensors)
      .filter(([name]) => !wanted.has(name))
      .flatMap(([name, found]) => {
        const known = derived(name);
        if (known?.repeats !== undefined) {
          return describeMismatch(name, wanted.get(known.repeats)!, found);
        }
        if (known && String(known.shape) === String(found.shape)) return [];
        return [
          `the tensor ${quoteTensor(name)} [${found.shape.join(', ')}] does not belong to the model`,
        ];
      }),
  ];
  if (problems.length > 0) {
    const more = problems.length > 1 ? ` (and ${problems.length - 1} more that do not fit)` : '';
    throw new UserError(`${source}: ${problems[0]}${more}`, {
      hint: 'the tensors must come from the same model as its configuration',
    });
  }
  for (const [name, { data }] of Object.entries(tensors)) {
    const repeats = wanted.has(name) ? undefined : derived(name)?.repeats;
    if (data && repeats !== undefined) requireEqual(name, data, repeats, tensors[repeats]!, source);
  }
}

function describeMismatch(name: string, spec: ArraySpec, found?: TensorShape): string[] {
  const shape = `[${spec.shape.join(', ')}]`;
  if (!found) return [`the tensor '${name}' ${shape} is missing`];
  const got = `[${found.shape.join(', ')}]`;
  if (got !== shape)
    return [`the tensor '${name}' has shape ${got}, the configuration needs ${shape}`];
  const isFloat = found.dtype === 'float32' || found.dtype === 'float64';
  return isFloat ? [] : [`the tensor '${name}' ${got} is ${found.dtype}, not float32`];
}

function requireEqual(
  name: string,
  data: NdArray['data'],
  repeats: string,
  { data: values }: TensorShape,
  source: string,
): void {
  if (data.every((value, i) => value === values![i])) return;
  throw new UserError(
    `${source}: the tensor '${name}' differs from '${repeats}', to which it is tied`,
    { hint: 'where they are meant to differ, config.json needs "tie_word_embeddings": false' },
  );
}
