// Plays what is missing on a hill and saves it as it goes.

import type { BattlePool } from './battle-pool.ts';
import {
  type Hill,
  missingPairs,
  type PairResult,
  pairJob,
  pairKey,
  toPairResult,
} from './hill.ts';

type RunHillOptions = {
  readonly pool: BattlePool;
  /** Called now and then, at the end, and when the signal fires, with all results so far. */
  readonly save: (hill: Hill) => void;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (done: number, total: number) => void;
};

/** Work of so many milliseconds may be lost when the process dies. */
const SAVE_EVERY_MS = 10_000;

/**
 * Plays every pair that has no result yet.
 *
 * @throws the signal's reason, after saving; what a battle throws
 */
export async function runHill(hill: Hill, options: RunHillOptions): Promise<Hill> {
  const { pool, save, signal, onProgress } = options;
  const pairs = missingPairs(hill);
  const results = new Map<string, PairResult>(hill.results);
  const current = (): Hill => ({ ...hill, results });
  let saved = performance.now();
  let unsaved = 0;
  try {
    await pool.run(
      pairs.map((pair) => pairJob(pair, hill.rules)),
      {
        signal,
        onResults: (first, played) => {
          played.forEach((result, i) => {
            const [a, b] = pairs[first + i]!;
            results.set(pairKey(a.id, b.id), toPairResult(result));
          });
          unsaved += played.length;
          if (performance.now() - saved < SAVE_EVERY_MS) return;
          save(current());
          saved = performance.now();
          unsaved = 0;
        },
        ...(onProgress ? { onProgress } : {}),
      },
    );
  } finally {
    if (unsaved > 0) save(current());
  }
  return current();
}
