// Frames of a sequence, played; of a control, beside those of the world that it reorders.

import { FrameCanvas } from '../../parts/frame-canvas.tsx';
import { PlayerControls } from '../../parts/player-controls.tsx';
import { usePlayer } from '../../parts/use-player.ts';
import type { WorldDrawing } from './draw-world.ts';

export function FramesView({ drawing }: { readonly drawing: WorldDrawing }) {
  const { planes, before, rule, kind } = drawing;
  const player = usePlayer(planes.length, 10);
  const at = Math.min(player.frame.value, planes.length - 1);
  return (
    <section aria-label="Frames">
      {rule?.kind === 'life' && <p class="note">The rule of this sequence: {rule.name}.</p>}
      <PlayerControls player={player} />
      <div class="frames">
        {before && (
          <figure>
            <FrameCanvas plane={before[at]!} label={`The world's frame ${at + 1}`} />
            <figcaption>the world's own sequence</figcaption>
          </figure>
        )}
        <figure>
          <FrameCanvas plane={planes[at]!} label={`Frame ${at + 1}`} />
          <figcaption>{before ? 'its tokens shuffled' : kind}</figcaption>
        </figure>
      </div>
    </section>
  );
}
