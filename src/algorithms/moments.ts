// The optimizer's arrays, by name as a checkpoint holds them.

import { type ArraySpec, type NamedParams, type NdArray, UserError } from '../core/index.ts';
import { type AdamwMoments, adamwSpecs } from '../optim/index.ts';
import type { NamedArrays } from './learner.ts';

const FIRST_MOMENT = 'm.';
const SECOND_MOMENT = 'v.';

/**
 * Moments of `trained` parameters: those of a snapshot, else zeros.
 *
 * @throws UserError when the snapshot lacks some
 */
export function initialMoments(
  trained: NamedParams,
  optimizer: NamedArrays | undefined,
): AdamwMoments<ArraySpec> {
  if (!optimizer) return adamwSpecs(trained.map(([, leaf]) => leaf));
  const pick = (prefix: string) =>
    trained.map(([path]) => {
      const found = optimizer[prefix + path];
      if (!found) {
        throw new UserError(`the optimizer's state has no '${prefix}${path}'`, {
          hint: 'resume with what was frozen when it was saved',
        });
      }
      return found;
    });
  return { m: pick(FIRST_MOMENT), v: pick(SECOND_MOMENT) };
}

/** Moments by the names that a checkpoint has for them. */
export function nameMoments(trained: NamedParams, moments: AdamwMoments<NdArray>): NamedArrays {
  const name = (prefix: string, list: readonly NdArray[]) =>
    trained.map(([path], i) => [prefix + path, list[i]!] as const);
  return Object.fromEntries([...name(FIRST_MOMENT, moments.m), ...name(SECOND_MOMENT, moments.v)]);
}
