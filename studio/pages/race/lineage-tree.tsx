// The candidates of a round in the order in which they were made, by fitness, each with lines from what it was made from.

import { formatNumber } from '../../../src/chart/format.ts';
import type { RaceCandidate } from '../../../src/studio/protocol.ts';
import type { TreeNode } from './read-race.ts';

const WIDTH = 640;
const HEIGHT = 260;
const MARGIN = { left: 40, right: 12, top: 12, bottom: 30 };

export function LineageTree({
  nodes,
  count,
  chosen,
  choose,
}: {
  readonly nodes: readonly TreeNode[];
  /** Candidates of the round, failures among them. */
  readonly count: number;
  readonly chosen: RaceCandidate | null;
  readonly choose: (candidate: RaceCandidate) => void;
}) {
  if (nodes.length === 0) return <p class="note">This round has no legal candidate yet.</p>;
  const most = Math.max(...nodes.map(({ fitness }) => fitness), 1e-9);
  const x = (index: number) =>
    MARGIN.left + (index / Math.max(1, count - 1)) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (fitness: number) =>
    HEIGHT - MARGIN.bottom - (fitness / most) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const line = nodes.filter(({ isAncestor }) => isAncestor);
  const indexOfChosen = nodes.findIndex(({ candidate }) => candidate === chosen);
  const edges = (list: readonly TreeNode[], isLine: boolean) =>
    list.flatMap(({ candidate, fitness, parents }) =>
      parents
        .filter((parent) => parent.evaluation !== null)
        .slice(0, isLine ? 1 : 2)
        .map((parent) => {
          const [x1, y1] = [x(parent.index), y(parent.evaluation!.fitness)];
          const [x2, y2] = [x(candidate.index), y(fitness)];
          const middle = (x1 + x2) / 2;
          return `M${x1.toFixed(1)} ${y1.toFixed(1)}C${middle.toFixed(1)} ${y1.toFixed(1)} ${middle.toFixed(1)} ${y2.toFixed(1)} ${x2.toFixed(1)} ${y2.toFixed(1)}`;
        }),
    );
  const move = (step: number) => {
    const next = nodes[Math.max(0, Math.min(nodes.length - 1, indexOfChosen + step))];
    if (next) choose(next.candidate);
  };
  return (
    <section
      class="tree"
      tabindex={0}
      aria-label="Lineage. Arrow keys go from candidate to candidate."
      onKeyDown={(event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (step === undefined) return;
        event.preventDefault();
        move(step);
      }}
    >
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
        <path class="edges" d={edges(nodes, false).join('')} />
        <path class="line" d={edges(line, true).join('')} />
        {nodes.map(({ candidate, fitness, isAncestor }) => (
          // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys reach every candidate
          <circle
            key={candidate.index}
            class={`${candidate.kept ? 'kept' : 'lost'}${isAncestor ? ' ancestor' : ''}${candidate === chosen ? ' here' : ''}`}
            cx={x(candidate.index)}
            cy={y(fitness)}
            r={candidate === chosen ? 7 : candidate.kept ? 4 : 2.5}
            onClick={() => choose(candidate)}
          >
            <title>{`#${candidate.index} ${candidate.name}: fitness ${formatNumber(fitness)}`}</title>
          </circle>
        ))}
        <line
          class="axis"
          x1={MARGIN.left}
          x2={WIDTH - MARGIN.right}
          y1={HEIGHT - MARGIN.bottom}
          y2={HEIGHT - MARGIN.bottom}
        />
        <text x={MARGIN.left} y={HEIGHT - 8}>
          candidate #0
        </text>
        <text x={WIDTH - MARGIN.right} y={HEIGHT - 8} text-anchor="end">
          #{count - 1}
        </text>
        <text x={MARGIN.left - 6} y={MARGIN.top + 6} text-anchor="end">
          {most.toFixed(1)}
        </text>
        <text x={MARGIN.left - 6} y={HEIGHT - MARGIN.bottom} text-anchor="end">
          0
        </text>
      </svg>
    </section>
  );
}
