// Plays a hill beside the page. One hill, then it is done.

import type { Hill, PairResult } from '../../../src/arena/hill.ts';
import { playPairs } from './play-hill.ts';

export type HillMessage =
  | {
      readonly kind: 'pairs';
      readonly pairs: readonly (readonly [key: string, result: PairResult])[];
    }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly message: string };

/** Results are sent together. */
const SEND_EVERY_MS = 50;

self.onmessage = ({ data }: MessageEvent<Hill>) => {
  const send = (message: HillMessage) => self.postMessage(message);
  try {
    let pairs: [string, PairResult][] = [];
    let sentAt = performance.now();
    const flush = () => {
      send({ kind: 'pairs', pairs });
      pairs = [];
      sentAt = performance.now();
    };
    for (const { key, result } of playPairs(data)) {
      pairs.push([key, result]);
      if (performance.now() - sentAt >= SEND_EVERY_MS) flush();
    }
    flush();
    send({ kind: 'done' });
  } catch (error) {
    send({ kind: 'failed', message: (error as Error).message });
  }
};
