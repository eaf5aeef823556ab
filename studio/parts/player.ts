// Frames played, paused and stepped: one place in them, moved by the time that passes.

import { type Signal, signal } from '@preact/signals';

export type Player = {
  /** The frame that is shown, from 0. */
  readonly frame: Signal<number>;
  readonly playing: Signal<boolean>;
  /** Frames per second. */
  readonly speed: Signal<number>;
  /** Frames that there are. */
  readonly count: Signal<number>;
  /** Moves by whole frames, and pauses. */
  step(by: number): void;
  /** Shows a frame, and pauses. */
  show(frame: number): void;
  /** Begins again with the first frame; plays on if it plays. */
  restart(): void;
};

export function createPlayer(options: {
  readonly count: number;
  readonly speed: number;
  readonly playing: boolean;
}): Player {
  const frame = signal(0);
  const playing = signal(options.playing);
  const speed = signal(options.speed);
  const count = signal(options.count);
  const last = () => Math.max(0, count.value - 1);
  const show = (next: number) => {
    playing.value = false;
    frame.value = Math.min(last(), Math.max(0, next));
  };
  return {
    frame,
    playing,
    speed,
    count,
    show,
    step: (by) => show(frame.value + by),
    restart: () => {
      frame.value = 0;
    },
  };
}

/** Moves a player on by `elapsedMs`; returns the time that is left over, shorter than a frame. After the last frame comes the first. */
export function advancePlayer(player: Player, elapsedMs: number): number {
  if (!player.playing.value || player.count.value < 2) return 0;
  const frameMs = 1000 / player.speed.value;
  const frames = Math.floor(elapsedMs / frameMs + 1e-6);
  if (frames > 0) player.frame.value = (player.frame.value + frames) % player.count.value;
  return elapsedMs - frames * frameMs;
}
