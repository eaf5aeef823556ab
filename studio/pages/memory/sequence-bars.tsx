// A number for each token, as bars that can be chosen.

import { formatNumber } from '../../../src/chart/format.ts';

const WIDTH = 480;
const HEIGHT = 120;

export function SequenceBars({
  title,
  unit,
  values,
  counted,
  step,
  choose,
}: {
  readonly title: string;
  readonly unit: string;
  readonly values: readonly number[];
  /** Values that matter; by default all. */
  readonly counted?: readonly boolean[];
  readonly step: number;
  readonly choose: (token: number) => void;
}) {
  const most = Math.max(...values, 1e-9);
  const width = WIDTH / values.length;
  return (
    <figure class="bars">
      <figcaption>
        {title}{' '}
        <span class="unit">
          {unit}; at most {formatNumber(most)}
        </span>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title}: ${formatNumber(values[step]!)} at token ${step}, at most ${formatNumber(most)}`}
        onPointerDown={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          const token = Math.floor(((event.clientX - box.left) / box.width) * values.length);
          choose(Math.max(0, Math.min(values.length - 1, token)));
        }}
      >
        {values.map((value, i) => (
          <rect
            key={i}
            class={i === step ? 'here' : counted?.[i] === false ? 'aside' : undefined}
            x={i * width}
            y={HEIGHT - (value / most) * HEIGHT}
            width={Math.max(0.5, width - (width > 3 ? 1 : 0))}
            height={(value / most) * HEIGHT}
          />
        ))}
      </svg>
    </figure>
  );
}
