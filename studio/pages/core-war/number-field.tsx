// A field for a whole number between bounds.

import { useDraft } from '../../use-draft.ts';

/** A whole number; what is no such number is not taken. */
export function NumberField({
  label,
  value,
  min,
  max,
  set,
}: {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly set: (value: number) => void;
}) {
  const draft = useDraft(value, (text) => {
    const next = text === '' ? Number.NaN : Number(text);
    if (Number.isInteger(next) && next >= min && next <= max) set(next);
  });
  return (
    <label>
      {label}
      <input type="number" min={min} max={max} step={1} {...draft} />
    </label>
  );
}
