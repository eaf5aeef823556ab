// Memories as points of a plane, one line for each sequence.

import type { TracedSequence } from '../../../src/studio/protocol.ts';

const SIZE = 480;
const MARGIN = 16;

export function TrajectoryMap({
  sequences,
  row,
  step,
  choose,
}: {
  readonly sequences: readonly TracedSequence[];
  /** The sequence that stands out. */
  readonly row: number;
  /** The token after which the memory is marked. */
  readonly step: number;
  readonly choose: (token: number) => void;
}) {
  const all = sequences.flatMap(({ memories, free }) => [...memories, ...free.memories]);
  const range = (axis: number) => {
    const values = all.map((point) => point[axis]!);
    return [Math.min(...values), Math.max(...values)] as const;
  };
  const [xRange, yRange] = [range(0), range(1)];
  // One unit is as long in both directions: what is drawn are distances.
  const span = Math.max(xRange[1] - xRange[0], yRange[1] - yRange[0]) || 1;
  const scale = (SIZE - 2 * MARGIN) / span;
  const middle = ([low, high]: readonly [number, number]) => (low + high) / 2;
  const x = (value: number) => SIZE / 2 + (value - middle(xRange)) * scale;
  const y = (value: number) => SIZE / 2 - (value - middle(yRange)) * scale;
  const line = (points: readonly (readonly number[])[]) =>
    points.map(([a, b]) => `${x(a!).toFixed(1)},${y(b!).toFixed(1)}`).join(' ');
  const own = sequences[row]!;
  const here = own.memories[step + 1]!;
  const begin = own.memories[0]!;
  return (
    <section
      class="trajectories"
      tabindex={0}
      aria-label="Memory trajectories. Arrow keys go from token to token."
      onKeyDown={(event) => {
        const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (move === undefined) return;
        event.preventDefault();
        choose(Math.max(0, Math.min(own.tokens.length - 1, step + move)));
      }}
    >
      <svg viewBox={`0 0 ${SIZE} ${SIZE}`} aria-hidden="true">
        {sequences.map(({ memories }, i) =>
          i === row ? null : <polyline key={i} class="other" points={line(memories)} />,
        )}
        <polyline class="free" points={line(own.free.memories)} />
        <polyline class="own" points={line(own.memories)} />
        <circle class="begin" cx={x(begin[0]!)} cy={y(begin[1]!)} r={5} />
        <circle class="here" cx={x(here[0]!)} cy={y(here[1]!)} r={7} />
      </svg>
      <p class="note">
        The ring is the initial state, the dot the memory after the chosen token; other sequences
        are pale.
      </p>
    </section>
  );
}
