// Rotary positions in a config.json: `rope_theta` and `rope_scaling` of transformers 4, `rope_parameters` of 5.

import { UserError } from '../../../core/index.ts';
import type { RopeScaling } from '../../layers/rotary-frequencies.ts';
import {
  isPositiveInteger,
  isRecord,
  type Json,
  readNumber,
  show,
  unsupported,
} from '../config-fields.ts';
import type { LlamaConfig } from './llama-config.ts';

export type Rope = Pick<LlamaConfig, 'ropeBase' | 'ropeScaling'>;

const KINDS = ['default', 'linear', 'llama3'];

/** The keys that each version of transformers reads; everything is written twice. */
export function ropeJson({ ropeBase, ropeScaling }: Rope): Record<string, unknown> {
  const scaling = ropeScaling && {
    rope_type: ropeScaling.kind,
    factor: ropeScaling.factor,
    ...(ropeScaling.kind === 'llama3'
      ? {
          low_freq_factor: ropeScaling.lowFreqFactor,
          high_freq_factor: ropeScaling.highFreqFactor,
          original_max_position_embeddings: ropeScaling.originalContextLength,
        }
      : {}),
  };
  return {
    rope_theta: ropeBase,
    rope_scaling: scaling,
    rope_parameters: { ...(scaling ?? { rope_type: 'default' }), rope_theta: ropeBase },
  };
}

/**
 * @param maxPositions the file's `max_position_embeddings`
 * @throws UserError for a scaling other than `linear` and `llama3`, or places that contradict each other
 */
export function readRope(json: Json, source: string, maxPositions: number): Rope {
  const scalings = ['rope_scaling', 'rope_parameters'].flatMap((place): Holder[] => {
    const value = json[place] ?? undefined;
    if (value === undefined) return [];
    if (!isRecord(value)) {
      throw new UserError(`${source}: ${place} must be an object or null, got ${show(value)}`);
    }
    const nested = Object.keys(value).find((key) => isRecord(value[key]));
    if (nested !== undefined) {
      throw unsupported(source, `${place} has parameters by layer type (${show(nested)})`);
    }
    return [{ place: `${place}.`, fields: value }];
  });
  const everywhere = [{ place: '', fields: json }, ...scalings];
  const turned = agreed(everywhere, ['partial_rotary_factor'], source) ?? 1;
  if (turned !== 1) throw unsupported(source, `partial_rotary_factor is ${show(turned)}`);
  const base = { rope_theta: agreed(everywhere, ['rope_theta'], source) };
  return {
    ropeBase: readNumber(base, 'rope_theta', source, 10_000, isPositive, 'a positive number'),
    ropeScaling: readScaling(scalings, everywhere, source, maxPositions),
  };
}

function readScaling(
  scalings: readonly Holder[],
  everywhere: readonly Holder[],
  source: string,
  maxPositions: number,
): RopeScaling | null {
  const factor = agreed(scalings, ['factor'], source);
  const kind = agreed(scalings, ['rope_type', 'type'], source);
  if (kind === undefined && factor !== undefined) {
    throw new UserError(`${source}: rope_scaling has a factor and no rope_type`, {
      hint: `known are ${KINDS.join(', ')}`,
    });
  }
  if (kind === undefined || kind === 'default' || kind === 'none') return null;
  if (kind !== 'linear' && kind !== 'llama3') {
    throw unsupported(
      source,
      `rope_type ${show(kind)} is not supported; known are ${KINDS.join(', ')}`,
    );
  }
  const read = (name: string, holders = scalings, fallback?: number, accepts = isPositive) => {
    const field = { [name]: agreed(holders, [name], source) };
    const wanted = accepts === isPositive ? 'a positive number' : 'a positive whole number';
    return readNumber(field, name, source, fallback, accepts, wanted);
  };
  if (kind === 'linear') return { kind, factor: read('factor') };
  const original = 'original_max_position_embeddings';
  return {
    kind,
    factor: read('factor'),
    lowFreqFactor: read('low_freq_factor'),
    highFreqFactor: read('high_freq_factor'),
    originalContextLength: read(original, everywhere, maxPositions, isPositiveInteger),
  };
}

const isPositive = (value: number) => value > 0;

/** An object of the file, and the prefix of its fields in messages. */
type Holder = { readonly place: string; readonly fields: Json };

/** The value that the holders give under any of the names; undefined if none does. */
function agreed(holders: readonly Holder[], names: readonly string[], source: string): unknown {
  const found = holders.flatMap(({ place, fields }) =>
    names.flatMap((name) => {
      const value = Object.hasOwn(fields, name) ? (fields[name] ?? undefined) : undefined;
      return value === undefined ? [] : [{ name: `${place}${name}`, value }];
    }),
  );
  const [first] = found;
  const other = found.find(({ value }) => value !== first?.value);
  if (!other) return first?.value;
  throw new UserError(
    `${source}: ${first!.name} ${show(first!.value)} contradicts ${other.name} ${show(other.value)}`,
    { hint: 'keep the one that the model was trained with' },
  );
}
