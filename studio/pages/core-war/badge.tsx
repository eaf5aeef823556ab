// The letter of a warrior, beside its shape on the map, in its color.

import { letterOf } from '../../../src/corewar/index.ts';

/** Colors of the palette, after which they come again. */
const SERIES = 6;
/** As `fillShape` of the map draws them. */
const SHAPES = [
  <rect key="square" x="1" y="1" width="12" height="12" />,
  <path key="diamond" d="M7 0 14 7 7 14 0 7Z" />,
  <circle key="disc" cx="7" cy="7" r="6.5" />,
  <path key="triangle" d="M7 0.5 14 13.5H0Z" />,
];

export function Badge({ warrior }: { readonly warrior: number }) {
  return (
    <span class="cw-badge">
      <svg
        class="cw-tile"
        viewBox="0 0 14 14"
        aria-hidden="true"
        style={{ fill: `var(--series-${(warrior % SERIES) + 1})` }}
      >
        {SHAPES[warrior % SHAPES.length]}
      </svg>
      <span class="cw-letter">{letterOf(warrior).toUpperCase()}</span>
    </span>
  );
}
