// Rows of cells from the top down, which come one after the other while it plays.

import { FrameCanvas } from '../../parts/frame-canvas.tsx';
import { PlayerControls } from '../../parts/player-controls.tsx';
import { usePlayer } from '../../parts/use-player.ts';
import type { WorldDrawing } from './draw-world.ts';

export function DiagramView({ drawing }: { readonly drawing: WorldDrawing }) {
  const { planes, before, rule } = drawing;
  const plane = planes[0]!;
  const player = usePlayer(plane.height, 15);
  const { frame, playing } = player;
  // At rest on the first row, all of it is shown.
  const rows = playing.value || frame.value > 0 ? frame.value + 1 : plane.height;
  const shown = { ...plane, height: rows };
  return (
    <section aria-label="Space-time diagram">
      {rule?.kind === 'elementary' && <RuleTable rule={rule.number} />}
      <PlayerControls player={player} unit="row" />
      <div class="frames wide">
        {before && (
          <figure>
            <FrameCanvas plane={before[0]!} label="The world's own sequence" />
            <figcaption>the world's own sequence</figcaption>
          </figure>
        )}
        <figure>
          <div style={{ aspectRatio: `${plane.width} / ${plane.height}` }}>
            <FrameCanvas plane={shown} label={`Rows 1 to ${rows}, from the top down`} />
          </div>
          <figcaption>{before ? 'its tokens shuffled' : 'time runs downward'}</figcaption>
        </figure>
      </div>
    </section>
  );
}

/** What a cell becomes for each of the eight neighborhoods. */
function RuleTable({ rule }: { readonly rule: number }) {
  return (
    <div class="rule-table">
      <p class="note">
        The rule of this sequence: {rule}. Of three cells above, the middle becomes:
      </p>
      <ul>
        {[7, 6, 5, 4, 3, 2, 1, 0].map((neighbors) => (
          <li key={neighbors}>
            <span class="visually-hidden">
              {neighbors.toString(2).padStart(3, '0')} becomes {(rule >> neighbors) & 1}
            </span>
            <span class="bits" aria-hidden="true">
              {[4, 2, 1].map((bit) => (
                <i key={bit} class={neighbors & bit ? 'bit on' : 'bit'} />
              ))}
            </span>
            <span class="bits" aria-hidden="true">
              <i class={(rule >> neighbors) & 1 ? 'bit on' : 'bit'} />
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
