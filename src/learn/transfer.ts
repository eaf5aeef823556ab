// From a source model to a target model: which modules are carried over, which start anew, which stay frozen.

import {
  type ArraySpec,
  flattenTree,
  foldIn,
  isArraySpec,
  isNdArray,
  type Key,
  mapTree,
  type NdArray,
  type Tree,
  UserError,
} from '../core/index.ts';
import { initLlama, type LlamaConfig, type LlamaParams, llamaSpecs } from '../nn/index.ts';
import { scrambleWeights, type WeightControl } from './scramble.ts';

/** Parts of a decoder that transfer can name. `attention` is query, key, value and output together. */
export const MODULES = [
  'embedding',
  'head',
  'attention',
  'query',
  'key',
  'value',
  'output',
  'mlp',
  'norms',
] as const;
export type ModuleName = (typeof MODULES)[number];

/** A set of modules, over all layers or a range of them. */
export type ModuleSelection = {
  readonly modules: readonly ModuleName[];
  /** First and last layer, counted from 0, both included; modules outside of layers are not affected. */
  readonly layers?: readonly [number, number] | undefined;
};

export type TransferOptions = {
  /** Carried over from the source model; everything else is initialised anew. */
  readonly keep: ModuleSelection;
  /** Not trained after the transfer. */
  readonly freeze?: ModuleSelection | undefined;
  /**
   * Standard deviation of a token embedding that starts anew: a number, or `source` for the
   * source model's. It decides much: the official code uses 1 where models start at 0.02.
   */
  readonly embeddingStd: number | 'source';
  /** Whether what is carried over is the trained weights, or a control made of them; `trained` by default. */
  readonly weights?: WeightControl;
};

type Place = { readonly names: readonly ModuleName[]; readonly layer: number | undefined };

const PLACES: readonly (readonly [RegExp, readonly ModuleName[]])[] = [
  [/embed_tokens/, ['embedding']],
  [/lm_head/, ['head']],
  [/q_proj/, ['attention', 'query']],
  [/k_proj/, ['attention', 'key']],
  [/v_proj/, ['attention', 'value']],
  [/o_proj/, ['attention', 'output']],
  [/\.mlp\./, ['mlp']],
  [/norm/, ['norms']],
];

function placeOf(path: string): Place {
  const names = PLACES.find(([pattern]) => pattern.test(path))?.[1];
  if (!names) throw new Error(`no module is known for the parameter '${path}'`);
  const layer = /\.layers\.(\d+)\./.exec(path)?.[1];
  return { names, layer: layer === undefined ? undefined : Number(layer) };
}

/** Whether a parameter, by path, belongs to a selection. */
export function isSelected(selection: ModuleSelection | undefined, path: string): boolean {
  if (!selection) return false;
  const { names, layer } = placeOf(path);
  if (!names.some((name) => selection.modules.includes(name))) return false;
  const { layers } = selection;
  return !layers || layer === undefined || (layer >= layers[0] && layer <= layers[1]);
}

/**
 * Checks, before anything is trained, that a transfer between two models will be possible.
 *
 * @throws UserError when a selection names layers that the target lacks or no parameter at all, a
 *   kept parameter has another shape or no bias in one of the models, or everything is frozen
 */
export function checkTransfer(
  source: LlamaConfig,
  target: LlamaConfig,
  { keep, freeze }: TransferOptions,
): void {
  const known = new Map(listSpecs(source));
  const wanted = listSpecs(target);
  requireSelection('transfer.keep', keep, target, wanted);
  for (const [path, spec] of wanted) {
    if (isSelected(keep, path)) requireSameShape(path, known.get(path), spec);
  }
  requireSameHeads(source, target, keep);
  requireBiases(known.keys(), new Set(wanted.map(([path]) => path)), keep);
  if (!freeze) return;
  requireSelection('transfer.freeze', freeze, target, wanted);
  if (wanted.every(([path]) => isSelected(freeze, path))) {
    throw new UserError('transfer.freeze freezes the whole model: nothing is left to train', {
      hint: `freeze fewer of its modules: ${MODULES.join(', ')}`,
    });
  }
}

function listSpecs(config: LlamaConfig): [string, ArraySpec][] {
  const specs = llamaSpecs(config) as unknown as Tree<ArraySpec>;
  return flattenTree<ArraySpec>(specs, isArraySpec);
}

function requireSelection(
  place: string,
  selection: ModuleSelection,
  { layers }: LlamaConfig,
  specs: readonly (readonly [string, ArraySpec])[],
): void {
  const last = selection.layers?.[1] ?? 0;
  if (last >= layers) {
    throw new UserError(`${place}.layers: there is no layer ${last}`, {
      hint: `the model has ${layers} layers, counted from 0`,
    });
  }
  const { modules } = selection;
  if (modules.length > 0 && !specs.some(([path]) => isSelected(selection, path))) {
    throw new UserError(`${place}: the model has no ${modules.join(', ')}`, {
      hint: 'a tied read-out is the embedding; an empty list selects nothing on purpose',
    });
  }
}

const HEAD_MODULES: readonly ModuleName[] = ['attention', 'query', 'key', 'value', 'output'];

/** Matrices of one shape may be split into other heads, which would be another function. */
function requireSameHeads(source: LlamaConfig, target: LlamaConfig, keep: ModuleSelection): void {
  if (source.headDim === target.headDim) return;
  if (!keep.modules.some((name) => HEAD_MODULES.includes(name))) return;
  throw new UserError(
    `transfer: the source model has heads ${source.headDim} wide, the target model ${target.headDim}`,
    {
      hint: 'give both models the same heads and headDim, or leave attention out of transfer.keep',
    },
  );
}

/** A projection without the bias that it was trained with would be another function. */
function requireBiases(
  source: Iterable<string>,
  target: ReadonlySet<string>,
  keep: ModuleSelection,
): void {
  for (const path of source) {
    const weight = path.replace(/bias$/, 'weight');
    if (target.has(path) || !target.has(weight) || !isSelected(keep, path)) continue;
    throw new UserError(`transfer: '${path}' of the source model is absent in the target model`, {
      hint: 'give both models the same attentionBias and mlpBias, or leave this module out of transfer.keep',
    });
  }
}

function requireSameShape(path: string, kept: ArraySpec | undefined, wanted: ArraySpec): void {
  if (kept && String(kept.shape) === String(wanted.shape)) return;
  throw new UserError(
    `transfer: '${path}' is ${kept ? `[${kept.shape.join(', ')}]` : 'absent'} in the source model ` +
      `and [${wanted.shape.join(', ')}] in the target model`,
    { hint: 'give both models the same sizes, or leave this module out of transfer.keep' },
  );
}

/**
 * Parameters for `config`: those that `options.keep` selects come from `source`, all others are
 * `initLlama(config, key)`, the token embedding scaled to `options.embeddingStd`. With a control, the selected
 * ones are scrambled first.
 *
 * @throws UserError when a selected parameter has another shape in the source model
 */
export function transferLlama(
  source: LlamaParams<NdArray>,
  config: LlamaConfig,
  key: Key,
  options: TransferOptions,
): LlamaParams<NdArray> {
  const known = new Map(flattenTree<NdArray>(source as unknown as Tree<NdArray>, isNdArray));
  const sourceStd = rootMeanSquare(source.model.embed_tokens.weight);
  const embeddingStd = options.embeddingStd === 'source' ? sourceStd : options.embeddingStd;
  const fresh = initLlama({ ...config, embeddingStd }, key) as unknown as Tree<NdArray>;
  // The read-out keeps its own scale: only the token embedding is what the source's layers read from.
  const head = initLlama(config, key).lm_head?.weight;
  return mapTree<NdArray, NdArray>(fresh, isNdArray, (value, path) => {
    if (!isSelected(options.keep, path)) return path.startsWith('lm_head') ? head! : value;
    requireSameShape(path, known.get(path), value);
    const control = options.weights ?? 'trained';
    return scrambleWeights(known.get(path)!, control, foldIn(foldIn(key, 'scramble'), path));
  }) as unknown as LlamaParams<NdArray>;
}

function rootMeanSquare({ data }: NdArray): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += Number(data[i]) ** 2;
  return Math.sqrt(sum / data.length);
}
