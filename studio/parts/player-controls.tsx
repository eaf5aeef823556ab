// Buttons of a player: play, pause, step, back, start, speed, and the place in the frames.

import { useId } from 'preact/hooks';
import type { Player } from './player.ts';
import './player.css';

const SPEEDS = [1, 2, 5, 10, 15, 30, 60] as const;

export function PlayerControls({
  player,
  unit = 'frame',
}: {
  readonly player: Player;
  /** What is played. */
  readonly unit?: string;
}) {
  const speedId = useId();
  const isPlaying = player.playing.value;
  const count = player.count.value;
  return (
    <fieldset class="player" aria-label="Playback">
      <button
        type="button"
        class="play"
        onClick={() => {
          player.playing.value = !isPlaying;
        }}
      >
        {isPlaying ? 'Pause' : 'Play'}
      </button>
      <button type="button" onClick={() => player.restart()}>
        Start
      </button>
      <button type="button" onClick={() => player.step(-1)}>
        Back
      </button>
      <button type="button" onClick={() => player.step(1)}>
        Step
      </button>
      <label class="speed" for={speedId}>
        Speed
        <select
          id={speedId}
          value={player.speed.value}
          onChange={(event) => {
            player.speed.value = Number(event.currentTarget.value);
          }}
        >
          {SPEEDS.map((speed) => (
            <option key={speed} value={speed}>
              {speed} per second
            </option>
          ))}
        </select>
      </label>
      <div class="place">
        <Place player={player} unit={unit} />
        <Range player={player} count={count} unit={unit} />
      </div>
    </fieldset>
  );
}

/** The number of the frame, which changes often: nothing else is drawn again with it. */
function Place({ player, unit }: { readonly player: Player; readonly unit: string }) {
  return (
    <span class="place-number">
      {unit} {player.frame.value + 1} of {player.count.value}
    </span>
  );
}

function Range({
  player,
  count,
  unit,
}: {
  readonly player: Player;
  readonly count: number;
  readonly unit: string;
}) {
  return (
    <input
      type="range"
      aria-label={unit}
      min={0}
      max={Math.max(0, count - 1)}
      value={player.frame.value}
      onInput={(event) => player.show(Number(event.currentTarget.value))}
    />
  );
}
