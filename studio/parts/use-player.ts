// A player that the clock of the screen moves.

import { useEffect, useMemo } from 'preact/hooks';
import { advancePlayer, createPlayer, type Player } from './player.ts';

/** Whether the reader wants things to move by themselves. */
export function wantsMotion(): boolean {
  return !matchMedia('(prefers-reduced-motion: reduce)').matches;
}

/** A player that runs while the component is there. */
export function usePlayer(count: number, speed: number): Player {
  const player = useMemo(() => createPlayer({ count, speed, playing: wantsMotion() }), []);
  useEffect(() => {
    player.count.value = count;
    if (player.frame.value >= count) player.frame.value = 0;
  }, [player, count]);
  useEffect(() => {
    let request = 0;
    let before = performance.now();
    let left = 0;
    const tick = (now: number) => {
      // A page that was hidden does not catch up.
      left = advancePlayer(player, Math.min(250, Math.max(0, now - before)) + left);
      before = now;
      request = requestAnimationFrame(tick);
    };
    request = requestAnimationFrame(tick);
    return () => cancelAnimationFrame(request);
  }, [player]);
  return player;
}
