// Parameters of a Llama model as named tensors, in Hugging Face's names and layout.

import {
  type ArraySpec,
  arrayOf,
  escapeControlCharacters,
  flattenTree,
  isNdArray,
  isParamSpec,
  mapTree,
  type NamedParams,
  type NdArray,
  type ParamRole,
  type ParamSpec,
  UserError,
} from '../../../core/index.ts';
import { type LlamaParams, llamaSpecs } from './llama.ts';
import type { LlamaConfig } from './llama-config.ts';

/** Parameters by name. The names are Hugging Face's. */
function listParams(config: LlamaConfig): NamedParams {
  return flattenTree<ParamSpec>(llamaSpecs(config), isParamSpec);
}

/** The name of the one parameter of a role in a model whose read-out is its own. */
function nameOf(role: ParamRole, config: LlamaConfig): string {
  return listParams({ ...config, tieEmbeddings: false }).find(([, spec]) => spec.role === role)![0];
}

/** Parameters by Hugging Face's names, without a copy. A tied read-out is left out, as transformers does. */
export function llamaTensors(params: LlamaParams<NdArray>): Record<string, NdArray> {
  return Object.fromEntries(flattenTree<NdArray>(params, isNdArray));
}

// Written by old versions of transformers; it follows from the configuration.
const DERIVED = /^model\.layers\.\d+\.self_attn\.rotary_emb\.inv_freq$/;

/**
 * Parameters from named tensors, without a copy where they are float32. A tied model may carry an
 * `lm_head.weight` equal to the embedding.
 *
 * @param source what the tensors were read from, for messages
 * @throws UserError when a tensor is missing, has another shape or dtype than `config` asks for, or has no place
 */
export function llamaFromTensors(
  config: LlamaConfig,
  tensors: Readonly<Record<string, NdArray>>,
  source: string,
): LlamaParams<NdArray> {
  checkLlamaTensors(config, tensors, source);
  if (config.tieEmbeddings) requireTied(config, tensors, source);
  return mapTree<ParamSpec, NdArray>(llamaSpecs(config), isParamSpec, (spec, name) => {
    const found = tensors[name]!;
    return found.dtype === spec.dtype
      ? found
      : arrayOf(spec.dtype, spec.shape, found.data as Float64Array);
  }) as unknown as LlamaParams<NdArray>;
}

const SHOWN_CHARACTERS = 80;

/** A tensor's name for messages, whatever a file calls it. */
export function quoteTensor(name: string): string {
  const isLong = name.length > SHOWN_CHARACTERS;
  return `'${escapeControlCharacters(name.slice(0, SHOWN_CHARACTERS))}${isLong ? '…' : ''}'`;
}

/** What is known of a tensor without its data. */
export type TensorShape = Pick<NdArray, 'dtype' | 'shape'>;

/**
 * Checks that named tensors are those of a model, by name, shape and dtype alone: before they are read.
 *
 * @throws UserError when a tensor is missing, has another shape or dtype than `config` asks for, or has no place
 */
export function checkLlamaTensors(
  config: LlamaConfig,
  tensors: Readonly<Record<string, TensorShape>>,
  source: string,
): void {
  const wanted = new Map(listParams(config));
  const readout = nameOf('head', config);
  const tied = config.tieEmbeddings ? wanted.get(nameOf('embedding', config)) : undefined;
  const problems = [
    ...[...wanted].flatMap(([name, spec]) => describeMismatch(name, spec, tensors[name])),
    ...Object.entries(tensors)
      .filter(([name]) => !wanted.has(name))
      .flatMap(([name, found]) => {
        if (name === readout && tied) return describeMismatch(name, tied, found);
        if (DERIVED.test(name) && String(found.shape) === String([config.headDim / 2])) return [];
        return [
          `the tensor ${quoteTensor(name)} [${found.shape.join(', ')}] has no place in the model`,
        ];
      }),
  ];
  if (problems.length === 0) return;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more that do not fit)` : '';
  throw new UserError(`${source}: ${problems[0]}${more}`, {
    hint: 'the tensors must come from the same model as its configuration',
  });
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

function requireTied(
  config: LlamaConfig,
  tensors: Readonly<Record<string, NdArray>>,
  source: string,
): void {
  const [readout, embedding] = [nameOf('head', config), nameOf('embedding', config)];
  const values = tensors[embedding]!.data;
  if (tensors[readout]?.data.every((value, i) => value === values[i]) ?? true) return;
  throw new UserError(
    `${source}: the tensor '${readout}' differs from '${embedding}', to which it is tied`,
    { hint: 'where they are meant to differ, config.json needs "tie_word_embeddings": false' },
  );
}
