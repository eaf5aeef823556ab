// Frames as they were and as a model predicted them, with the difference, one after the other.

import { comparePlanes } from '../../src/worlds/plane.ts';
import { type ComparedFrame, shareWrong } from './compare-frames.ts';
import { FrameCanvas } from './frame-canvas.tsx';
import type { Player } from './player.ts';
import { PlayerControls } from './player-controls.tsx';

export function FrameComparison({
  frames,
  player,
}: {
  readonly frames: readonly ComparedFrame[];
  /** Its count is that of `frames`. */
  readonly player: Player;
}) {
  const shown = frames[Math.min(player.frame.value, frames.length - 1)];
  if (!shown) return <p class="note">There are no frames yet.</p>;
  const { truth, prediction } = shown;
  const wrong = shareWrong(shown);
  const empty = (
    <div class="no-cells" style={{ aspectRatio: `${truth.width} / ${truth.height}` }} />
  );
  return (
    <div>
      <div class="comparison">
        <figure>
          <FrameCanvas plane={truth} label="What happened" />
          <figcaption>what happened</figcaption>
        </figure>
        <figure>
          {prediction ? <FrameCanvas plane={prediction} label="What the model predicted" /> : empty}
          <figcaption>
            {prediction ? 'what the model predicted' : 'nothing is predicted of this frame'}
          </figcaption>
        </figure>
        <figure>
          {prediction ? (
            <FrameCanvas plane={comparePlanes(truth, prediction)} label="Where they differ" />
          ) : (
            empty
          )}
          <figcaption>
            {wrong === null ? 'difference' : `differs in ${(100 * wrong).toFixed(1)} % of cells`}
          </figcaption>
        </figure>
      </div>
      <PlayerControls player={player} />
    </div>
  );
}
