// An automaton as a ring of states, and the strings that it writes as walks.

import { useSignal } from '@preact/signals';
import type { Dfa } from '../../../src/worlds/index.ts';
import { PlayerControls } from '../../parts/player-controls.tsx';
import { usePlayer } from '../../parts/use-player.ts';
import type { WorldDrawing } from './draw-world.ts';
import { nameSymbol } from './explain-token.ts';
import { walkStrings } from './walk-strings.ts';

const SIZE = 420;
const RADIUS = 170;
const NODE = 18;
const MAX_DRAWN_STATES = 40;

export function DfaView({ drawing }: { readonly drawing: WorldDrawing }) {
  const edges = drawing.rule?.kind === 'dfa' ? drawing.rule.edges : [];
  const walks = walkStrings({ edges }, drawing.tokens, Number(drawing.options.symbols));
  const chosen = useSignal(0);
  const walk = walks[Math.min(chosen.value, walks.length - 1)];
  const player = usePlayer(walk?.states.length ?? 1, 2);
  const at = Math.min(player.frame.value, (walk?.states.length ?? 1) - 1);
  return (
    <section aria-label="The automaton and its strings">
      <p class="note">
        Every string walks from state 0; each edge that leaves a state is taken with the same
        probability. The automaton is not told to the model: it sees strings alone.
      </p>
      <PlayerControls player={player} unit="state" />
      <div class="dfa">
        {edges.length <= MAX_DRAWN_STATES && (
          <Ring
            edges={edges}
            state={walk?.states[at] ?? 0}
            symbol={walk && at > 0 ? walk.symbols[at - 1]! : null}
            from={walk && at > 0 ? walk.states[at - 1]! : null}
          />
        )}
        <div class="walks">
          {walks.map(({ first, states, symbols }, i) => (
            <button
              key={first}
              type="button"
              class="walk"
              aria-pressed={i === chosen.value}
              onClick={() => {
                chosen.value = i;
                player.frame.value = 0;
              }}
            >
              <span class="walk-number">{i + 1}</span>
              {states.map((state, n) => (
                <span key={n} class="step">
                  {n > 0 && <b>{nameSymbol(symbols[n - 1]!)}</b>}
                  <i class={i === chosen.value && n === at ? 'state-chip now' : 'state-chip'}>
                    {state}
                  </i>
                </span>
              ))}
            </button>
          ))}
        </div>
      </div>
    </section>
  );
}

function Ring({
  edges,
  state,
  symbol,
  from,
}: {
  readonly edges: Dfa['edges'];
  readonly state: number;
  readonly symbol: number | null;
  readonly from: number | null;
}) {
  const place = (i: number) => {
    const angle = (2 * Math.PI * i) / edges.length - Math.PI / 2;
    return { x: SIZE / 2 + RADIUS * Math.cos(angle), y: SIZE / 2 + RADIUS * Math.sin(angle) };
  };
  const size = Math.min(NODE, 340 / Math.max(1, edges.length));
  return (
    <svg
      class="ring"
      viewBox={`-24 -24 ${SIZE + 48} ${SIZE + 48}`}
      role="img"
      aria-label={`An automaton of ${edges.length} states, now in state ${state}`}
    >
      {edges.flatMap((leaving, i) =>
        leaving.map((edge) => (
          <Edge
            key={`${i}-${edge.symbol}`}
            a={place(i)}
            b={place(edge.next)}
            isLoop={edge.next === i}
            size={size}
            name={nameSymbol(edge.symbol)}
            isNow={i === from && edge.symbol === symbol}
          />
        )),
      )}
      {edges.map((_, i) => {
        const { x, y } = place(i);
        return (
          <g key={i} class={i === state ? 'node now' : 'node'}>
            <circle cx={x} cy={y} r={size} />
            <text x={x} y={y + 6}>
              {i}
            </text>
          </g>
        );
      })}
    </svg>
  );
}

type Point = { readonly x: number; readonly y: number };

function Edge({
  a,
  b,
  isLoop,
  size,
  name,
  isNow,
}: {
  readonly a: Point;
  readonly b: Point;
  readonly isLoop: boolean;
  readonly size: number;
  readonly name: string;
  readonly isNow: boolean;
}) {
  const center = SIZE / 2;
  const outward = { x: (a.x - center) / RADIUS, y: (a.y - center) / RADIUS };
  if (isLoop) {
    const top = { x: a.x + outward.x * size * 2.2, y: a.y + outward.y * size * 2.2 };
    return (
      <g class={isNow ? 'edge now' : 'edge'}>
        <circle
          cx={a.x + outward.x * size * 1.3}
          cy={a.y + outward.y * size * 1.3}
          r={size * 0.7}
        />
        <text x={top.x} y={top.y + 4}>
          {name}
        </text>
      </g>
    );
  }
  // Edges bend, so that those of both directions stay apart.
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  const normal = { x: (b.y - a.y) / length, y: (a.x - b.x) / length };
  const bend = 18 + length * 0.06;
  const middle = { x: (a.x + b.x) / 2 + normal.x * bend, y: (a.y + b.y) / 2 + normal.y * bend };
  const toward = Math.hypot(b.x - middle.x, b.y - middle.y);
  const tip = {
    x: b.x + ((middle.x - b.x) / toward) * (size + 3),
    y: b.y + ((middle.y - b.y) / toward) * (size + 3),
  };
  const unit = { x: (b.x - middle.x) / toward, y: (b.y - middle.y) / toward };
  const wing = (sign: number) =>
    `${tip.x - unit.x * 8 + sign * unit.y * 4},${tip.y - unit.y * 8 - sign * unit.x * 4}`;
  const label = { x: (a.x + b.x + 2 * middle.x) / 4, y: (a.y + b.y + 2 * middle.y) / 4 };
  return (
    <g class={isNow ? 'edge now' : 'edge'}>
      <path d={`M${a.x} ${a.y} Q${middle.x} ${middle.y} ${tip.x} ${tip.y}`} />
      <polygon points={`${tip.x},${tip.y} ${wing(1)} ${wing(-1)}`} />
      <text x={label.x} y={label.y + 4}>
        {name}
      </text>
    </g>
  );
}
