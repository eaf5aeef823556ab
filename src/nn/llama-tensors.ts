// Parameters of a Llama model as named tensors, in Hugging Face's names and layout.

import {
  type ArraySpec,
  arrayOf,
  escapeControlCharacters,
  flattenTree,
  isArraySpec,
  isNdArray,
  mapTree,
  type NdArray,
  type Tree,
  UserError,
} from '../core/index.ts';
import { type LlamaParams, llamaSpecs } from './llama.ts';
import type { LlamaConfig } from './llama-config.ts';

const READOUT = 'lm_head.weight';
const EMBEDDING = 'model.embed_tokens.weight';

/** Parameters by Hugging Face's names, without a copy. A tied read-out is left out, as transformers does. */
export function llamaTensors(params: LlamaParams<NdArray>): Record<string, NdArray> {
  return Object.fromEntries(flattenTree(params as unknown as Tree<NdArray>, isNdArray));
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
  if (config.tieEmbeddings) requireTied(tensors, source);
  const specs = llamaSpecs(config) as unknown as Tree<ArraySpec>;
  return mapTree<ArraySpec, NdArray>(specs, isArraySpec, (spec, name) => {
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
  const specs = llamaSpecs(config) as unknown as Tree<ArraySpec>;
  const wanted = new Map(flattenTree<ArraySpec>(specs, isArraySpec));
  const tied = config.tieEmbeddings ? wanted.get(EMBEDDING) : undefined;
  const problems = [
    ...[...wanted].flatMap(([name, spec]) => describeMismatch(name, spec, tensors[name])),
    ...Object.entries(tensors)
      .filter(([name]) => !wanted.has(name))
      .flatMap(([name, found]) => {
        if (name === READOUT && tied) return describeMismatch(name, tied, found);
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

function requireTied(tensors: Readonly<Record<string, NdArray>>, source: string): void {
  const readout = tensors[READOUT]?.data;
  const embedding = tensors[EMBEDDING]!.data;
  if (!readout || readout.every((value, i) => value === embedding[i])) return;
  throw new UserError(
    `${source}: the tensor '${READOUT}' differs from '${EMBEDDING}', to which it is tied`,
    { hint: 'where they are meant to differ, config.json needs "tie_word_embeddings": false' },
  );
}
