// Frequencies of rotary positions, with the two scalings that stretch Llama models to longer contexts.

import { UserError } from '../../core/index.ts';

/**
 * How rotary positions are stretched:
 * - `linear`: every angle is divided by `factor` (Chen et al. 2023, position interpolation);
 * - `llama3`: pairs with wavelengths over `originalContextLength / lowFreqFactor` are slowed by `factor`, those under
 *   `originalContextLength / highFreqFactor` stay, and between the two one blends into the other (Llama 3.1).
 */
export type RopeScaling =
  | { readonly kind: 'linear'; readonly factor: number }
  | {
      readonly kind: 'llama3';
      readonly factor: number;
      readonly lowFreqFactor: number;
      readonly highFreqFactor: number;
      /** Context length of the pretraining, in tokens. */
      readonly originalContextLength: number;
    };

/**
 * Positions per radian of each pair of a head, `[headDim / 2]`: the pair i turns by position / result[i].
 *
 * @param base the base of the frequencies (θ, 10,000 in Su et al. 2021)
 */
export function positionsPerRadian(
  headDim: number,
  base: number,
  scaling: RopeScaling | null = null,
): Float64Array {
  const half = headDim / 2;
  return Float64Array.from({ length: half }, (_, i) => {
    const period = base ** (i / half);
    if (scaling === null) return period;
    return scaling.kind === 'linear' ? period * scaling.factor : stretch(period, scaling);
  });
}

function stretch(period: number, scaling: Extract<RopeScaling, { kind: 'llama3' }>): number {
  const { factor, lowFreqFactor, highFreqFactor, originalContextLength } = scaling;
  const turns = originalContextLength / (2 * Math.PI * period);
  const kept = (turns - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
  if (turns < lowFreqFactor) return period * factor;
  if (turns > highFreqFactor) return period;
  return period / (kept + (1 - kept) / factor);
}

/** @throws UserError if a scaling's numbers contradict each other */
export function checkRopeScaling(scaling: RopeScaling): void {
  const wrong = Object.entries(scaling).find(
    ([name, value]) => name !== 'kind' && !(Number.isFinite(value) && Number(value) > 0),
  );
  if (wrong) {
    throw new UserError(`model: ropeScaling.${wrong[0]} is ${wrong[1]}, not a positive number`);
  }
  if (scaling.factor < 1) {
    throw new UserError(`model: ropeScaling.factor ${scaling.factor} is less than 1`, {
      hint: 'scaling stretches positions to longer contexts; leave it out for none',
    });
  }
  if (scaling.kind === 'llama3' && !(scaling.lowFreqFactor < scaling.highFreqFactor)) {
    throw new UserError(
      `model: ropeScaling.lowFreqFactor ${scaling.lowFreqFactor} is not less than ` +
        `highFreqFactor ${scaling.highFreqFactor}`,
    );
  }
}
