// Loss by step while a model trains, with the losses of predictors as lines across.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { formatTick } from '../../../src/chart/format.ts';

export type Reference = { readonly name: string; readonly loss: number };

export type LossChartProps = {
  readonly steps: number;
  /** Of step 1, 2, …. */
  readonly training: readonly number[];
  readonly heldOut: readonly { readonly step: number; readonly loss: number }[];
  readonly references: readonly Reference[];
};

const HEIGHT = 300;
const LEFT = 44;
const BOTTOM = 28;
const TOP = 10;
/** Room for the names of lines, below which they stand in the plot. */
const LABELS = 210;
const NARROW = 640;
const LABEL_HEIGHT = 16;

export function LossChart({ steps, training, heldOut, references }: LossChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const width = useSignal(800);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      width.value = Math.max(280, element.clientWidth);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [width]);

  const isNarrow = width.value < NARROW;
  const right = isNarrow ? 8 : LABELS;
  const top = Math.max(0.1, ...references.map(({ loss }) => loss), heldOut[0]?.loss ?? 0) * 1.06;
  const x = (step: number) => LEFT + (step / steps) * (width.value - LEFT - right);
  const y = (loss: number) => TOP + (1 - Math.min(top, loss) / top) * (HEIGHT - TOP - BOTTOM);
  const line = (points: readonly { readonly step: number; readonly loss: number }[]) =>
    points.map(({ step, loss }) => `${x(step).toFixed(1)},${y(loss).toFixed(1)}`).join(' ');
  const labels = spread(
    references.map(({ name, loss }) => ({ name, loss, at: y(loss) })),
    LABEL_HEIGHT,
  );
  const newest = heldOut.at(-1);
  return (
    <figure class="loss-chart">
      <figcaption>
        Loss <span class="unit">nats per token; lower is better</span>
      </figcaption>
      <ul class="loss-legend" aria-hidden="true">
        <li class="of-training">training</li>
        <li class="of-held-out">held-out sequences</li>
        <li class="of-reference">predictors that are not trained</li>
      </ul>
      <div ref={place}>
        <svg
          width={width.value}
          height={HEIGHT}
          role="img"
          aria-label={describe(newest, references)}
        >
          {ticksOf(top).map((tick) => (
            <g key={tick}>
              <line class="grid" x1={LEFT} x2={width.value - right} y1={y(tick)} y2={y(tick)} />
              <text class="tick" x={LEFT - 6} y={y(tick) + 4} text-anchor="end">
                {formatTick(tick)}
              </text>
            </g>
          ))}
          {[0, steps / 2, steps].map((step) => (
            <text
              key={step}
              class="tick"
              x={x(step)}
              y={HEIGHT - 8}
              text-anchor={step === 0 ? 'start' : step === steps ? 'end' : 'middle'}
            >
              {step === steps ? `step ${step}` : step}
            </text>
          ))}
          {labels.map(({ name, loss, at }) => (
            <g key={name}>
              <line
                class="reference"
                x1={LEFT}
                x2={width.value - right}
                y1={y(loss)}
                y2={y(loss)}
              />
              <text
                class="reference-name"
                x={isNarrow ? width.value - right : width.value - right + 8}
                y={isNarrow ? at - 4 : at + 4}
                text-anchor={isNarrow ? 'end' : 'start'}
              >
                {name} {formatTick(Number(loss.toFixed(3)))}
              </text>
            </g>
          ))}
          <polyline
            class="training"
            points={line(training.map((loss, i) => ({ step: i + 1, loss })))}
          />
          <polyline class="held-out" points={line(heldOut)} />
          {heldOut.map(({ step, loss }) => (
            <circle key={step} class="held-out-point" cx={x(step)} cy={y(loss)} r={3} />
          ))}
        </svg>
      </div>
    </figure>
  );
}

function describe(
  newest: { readonly step: number; readonly loss: number } | undefined,
  references: readonly Reference[],
): string {
  const own = newest
    ? `held-out loss ${newest.loss.toFixed(3)} after ${newest.step} steps`
    : 'no loss yet';
  return [own, ...references.map(({ name, loss }) => `${name} ${loss.toFixed(3)}`)].join(', ');
}

function ticksOf(top: number): number[] {
  const step = [0.1, 0.2, 0.5, 1, 2, 5].find((size) => top / size <= 6) ?? 10;
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, i) =>
    Number((i * step).toFixed(2)),
  );
}

/** Labels from the top down, moved apart where they would overlap. */
function spread<T extends { readonly at: number }>(labels: readonly T[], height: number): T[] {
  const ordered = [...labels].sort((a, b) => a.at - b.at);
  let least = Number.NEGATIVE_INFINITY;
  return ordered.map((label) => {
    const at = Math.max(label.at, least);
    least = at + height;
    return { ...label, at };
  });
}
