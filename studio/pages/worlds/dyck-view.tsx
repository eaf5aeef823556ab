// Brackets by the depth of their nesting.

import { dyckDepths } from '../../../src/worlds/index.ts';
import type { WorldDrawing } from './draw-world.ts';
import { pairBrackets } from './pair-brackets.ts';

const COLUMN = 8;
const LEVEL = 14;
const PALETTE = 6;

export function DyckView({ drawing }: { readonly drawing: WorldDrawing }) {
  const { tokens } = drawing;
  const types = Number(drawing.options.types);
  const depths = dyckDepths(types, tokens).map((depth) => depth ?? 0);
  const highest = Math.max(1, ...depths);
  const width = tokens.length * COLUMN;
  const height = (highest + 1) * LEVEL;
  const y = (depth: number) => height - (depth + 0.5) * LEVEL;
  // An opening bracket stands at the depth that it leads to, a closing one at the depth that it ends.
  const levelOf = (t: number) => (tokens[t]! < types ? depths[t]! : depths[t]! + 1);
  return (
    <section aria-label="Brackets by depth">
      <p class="note">
        A bracket stands as high as it is nested; brackets of one color are of one type (colors come
        again after {PALETTE} types). Each closing bracket is determined by what is open.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached with the keyboard */}
      <section class="dyck" tabIndex={0} aria-label="Brackets from left to right">
        <svg
          width={width}
          height={height}
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label={`${tokens.length} brackets, nested up to ${highest} deep`}
        >
          {Array.from({ length: highest + 1 }, (_, depth) => (
            <line key={depth} class="level" x1={0} x2={width} y1={y(depth)} y2={y(depth)} />
          ))}
          {pairBrackets(types, tokens).map(([open, close]) => (
            <line
              key={open}
              class={`span type-${(tokens[open]! % PALETTE) + 1}`}
              x1={(open + 0.5) * COLUMN}
              x2={(close + 0.5) * COLUMN}
              y1={y(levelOf(open))}
              y2={y(levelOf(open))}
            />
          ))}
          {Array.from(tokens, (token, t) => (
            <text
              key={t}
              class={`type-${((token < types ? token : token - types) % PALETTE) + 1}`}
              x={(t + 0.5) * COLUMN}
              y={y(levelOf(t)) + 5}
            >
              {token < types ? '(' : ')'}
            </text>
          ))}
        </svg>
      </section>
    </section>
  );
}
