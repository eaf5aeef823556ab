// From a source model to a target model: the modules that are carried over, initialized again or frozen.

import {
  flattenTree,
  foldIn,
  initParams,
  isNdArray,
  isParamSpec,
  type Key,
  type MapLeaves,
  mapTree,
  type NamedParams,
  type NdArray,
  normalInit,
  type ParamSpec,
  plural,
  type Shape,
  type Tree,
  UserError,
} from '../core/index.ts';
import type { Model } from '../nn/index.ts';
import { scrambleWeights, type WeightControl } from './scramble.ts';

/**
 * Parts of a model that transfer can name. `attention` is the mixer of positions: query, key, value and output together, or a
 * recurrent cell. `memory` is the initial memory.
 */
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
  'memory',
] as const;
export type ModuleName = (typeof MODULES)[number];

/** A set of modules, over all layers or a range of them. */
export type ModuleSelection = {
  readonly modules: readonly ModuleName[];
  /** First and last layer, counted from 0, both included; modules outside layers are not affected. */
  readonly layers?: readonly [number, number] | undefined;
};

export type TransferOptions = {
  /** Carried over from the source model; everything else is initialized again. */
  readonly keep: ModuleSelection;
  /** Not trained after the transfer. */
  readonly freeze?: ModuleSelection | undefined;
  /**
   * Standard deviation of a token embedding that starts again: a number, `source` for the source model's, or `model` for
   * the one that the model itself begins with. It decides much: the official code uses 1 where models start at 0.02.
   */
  readonly embeddingStd: number | 'source' | 'model';
  /** Whether what is carried over is the trained weights, or a control made of them; `trained` by default. */
  readonly weights?: WeightControl;
};

const MEMBERS: Readonly<Record<ModuleName, Pick<ParamSpec, 'role' | 'part'>>> = {
  embedding: { role: 'embedding' },
  head: { role: 'head' },
  attention: { role: 'mixer' },
  query: { role: 'mixer', part: 'query' },
  key: { role: 'mixer', part: 'key' },
  value: { role: 'mixer', part: 'value' },
  output: { role: 'mixer', part: 'output' },
  mlp: { role: 'mlp' },
  norms: { role: 'norm' },
  memory: { role: 'memory' },
};

/** Whether a parameter belongs to a selection. */
export function isSelected(
  selection: ModuleSelection | undefined,
  { role, part, layer }: Pick<ParamSpec, 'role' | 'part' | 'layer'>,
): boolean {
  const named = selection?.modules.some((name) => {
    const member = MEMBERS[name];
    return member.role === role && (member.part === undefined || member.part === part);
  });
  if (!named) return false;
  const { layers } = selection!;
  return !layers || layer === undefined || (layer >= layers[0] && layer <= layers[1]);
}

/**
 * Checks, before anything is trained, that a transfer between two models will be possible.
 *
 * @throws UserError if a selection names layers that the target lacks or no parameter at all, a
 *   kept parameter has another shape or no bias in one of the models, or everything is frozen
 */
export function checkTransfer(
  source: Model,
  target: Model,
  { keep, freeze }: Pick<TransferOptions, 'keep' | 'freeze'>,
): void {
  const known = listParams(source);
  const wanted = listParams(target);
  requireSelection('keep', keep, wanted);
  const shapes = new Map(known);
  for (const [path, spec] of wanted) {
    if (isSelected(keep, spec)) requireSameShape(path, shapes.get(path)?.shape, spec.shape);
  }
  requireSameHeads(source, target, keep);
  requireWholeParts(known, wanted, keep);
  if (!freeze) return;
  requireSelection('freeze', freeze, wanted);
  if (wanted.every(([, spec]) => isSelected(freeze, spec))) {
    throw new UserError('freeze freezes the whole model: nothing is left to train', {
      hint: `freeze fewer of its modules: ${MODULES.join(', ')}`,
    });
  }
}

function listParams({ params }: Model): NamedParams {
  return flattenTree<ParamSpec>(params, isParamSpec);
}

function requireSelection(place: string, selection: ModuleSelection, params: NamedParams): void {
  const layers = 1 + Math.max(-1, ...params.map(([, { layer }]) => layer ?? -1));
  const last = selection.layers?.[1] ?? 0;
  if (last >= layers) {
    throw new UserError(`${place}.layers: there is no layer ${last}`, {
      hint: `the model has ${plural(layers, 'layer')}, counted from 0`,
    });
  }
  const { modules } = selection;
  if (modules.length > 0 && !params.some(([, spec]) => isSelected(selection, spec))) {
    throw new UserError(`${place}: the model has no ${modules.join(', ')}`, {
      hint: 'a tied read-out is the embedding; an empty list selects nothing',
    });
  }
}

/** Matrices of one shape may be split into other heads, which would be another function. */
function requireSameHeads(source: Model, target: Model, keep: ModuleSelection): void {
  if (source.headWidth === undefined || target.headWidth === undefined) return;
  if (source.headWidth === target.headWidth) return;
  if (!keep.modules.some((name) => MEMBERS[name].role === 'mixer')) return;
  throw new UserError(
    `transfer: the source model has heads ${source.headWidth} wide, the target model ${target.headWidth}`,
    {
      hint: 'give both models the same heads and headDim, or leave attention out of start.keep',
    },
  );
}

/** A projection without the bias that it was trained with would be another function. */
function requireWholeParts(source: NamedParams, target: NamedParams, keep: ModuleSelection): void {
  const paths = new Set(target.map(([path]) => path));
  for (const [path, spec] of source) {
    if (paths.has(path) || !isSelected(keep, spec)) continue;
    const { role, part, layer } = spec;
    const isSame = (other: ParamSpec) =>
      other.role === role && other.part === part && other.layer === layer;
    if (!target.some(([, other]) => isSame(other))) continue;
    throw new UserError(
      `transfer: '${path}' of the source model is missing from the target model`,
      {
        hint: 'give both models the same attentionBias and mlpBias, or leave this module out of start.keep',
      },
    );
  }
}

function requireSameShape(path: string, kept: Shape | undefined, wanted: Shape): void {
  if (kept && String(kept) === String(wanted)) return;
  throw new UserError(
    `transfer: '${path}' is ${kept ? `[${kept.join(', ')}]` : 'absent'} in the source model ` +
      `and [${wanted.join(', ')}] in the target model`,
    { hint: 'give both models the same sizes, or leave this module out of start.keep' },
  );
}

/**
 * Parameters for `specs`: those that `options.keep` selects come from `source` (a tree, or arrays by path), all others are
 * as `initParams` draws them, the token embedding scaled to `options.embeddingStd`. With a control, the selected ones are scrambled first.
 *
 * @throws UserError if a selected parameter has another shape in the source model
 */
export function transferParams<P>(
  source: Tree<NdArray>,
  specs: P,
  key: Key,
  options: TransferOptions,
): MapLeaves<P, ParamSpec, NdArray> {
  const { keep, weights = 'trained' } = options;
  const known = new Map(flattenTree<NdArray>(source, isNdArray));
  const own = new Map(flattenTree<ParamSpec>(specs as Tree<ParamSpec>, isParamSpec));
  // The read-out keeps its own scale: only the token embedding is what the source's layers read from.
  const embeddings = [...own].flatMap(([path, { role }]) => (role === 'embedding' ? [path] : []));
  const std =
    options.embeddingStd === 'source'
      ? rootMeanSquare(embeddings.map((path) => requireArray(path, known.get(path))))
      : options.embeddingStd;
  const rescaled = mapTree<ParamSpec, ParamSpec>(specs as Tree<ParamSpec>, isParamSpec, (spec) =>
    spec.role === 'embedding' && std !== 'model' ? { ...spec, init: normalInit(std) } : spec,
  );
  return mapTree<NdArray, NdArray>(initParams(rescaled, key), isNdArray, (value, path) => {
    if (!isSelected(keep, own.get(path)!)) return value;
    requireSameShape(path, known.get(path)?.shape, value.shape);
    return scrambleWeights(known.get(path)!, weights, foldIn(foldIn(key, 'scramble'), path));
  }) as MapLeaves<P, ParamSpec, NdArray>;
}

/** @throws UserError if the source model has no such embedding */
function requireArray(path: string, found: NdArray | undefined): NdArray {
  if (found) return found;
  throw new UserError(`transfer: '${path}' is missing from the source model`, {
    hint: "set start.embeddingStd to a number or 'model', so that it does not depend on the source's",
  });
}

function rootMeanSquare(arrays: readonly NdArray[]): number {
  let [sum, count] = [0, 0];
  for (const { data } of arrays) {
    for (let i = 0; i < data.length; i++) sum += Number(data[i]) ** 2;
    count += data.length;
  }
  return Math.sqrt(sum / count);
}
