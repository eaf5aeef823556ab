// Horizontal lines to compare with.

import { SOFT_INK } from './canvas.ts';
import type { EndLabel } from './end-labels.ts';
import type { Reference } from './spec.ts';

type DrawableReference = { readonly label: string; readonly value: number };

/** References that have a place on the axis of y. */
export function drawableReferences(
  references: readonly Reference[] | undefined,
  logarithmic: boolean,
): DrawableReference[] {
  return (references ?? []).flatMap(({ label, value }) =>
    isFiniteNumber(value) && !(logarithmic && value <= 0) ? [{ label, value }] : [],
  );
}

/** Their labels, at the right end of the axis of x. */
export function referenceLabels(
  references: readonly DrawableReference[],
  x: number,
  format: (value: number) => string,
): EndLabel[] {
  return references.map(({ label, value }) => ({
    name: label,
    value: format(value),
    x,
    y: value,
    color: SOFT_INK,
  }));
}

export function isFiniteNumber(value: number | null): value is number {
  return value !== null && Number.isFinite(value);
}
