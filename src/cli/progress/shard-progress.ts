// Progress of a data set that is made or checked, shard by shard.

import type { GenerateProgress, VerifyProgress } from '../../datasets/index.ts';
import type { Output } from '../output.ts';
import { createTracker, type TrackerOptions } from './create-tracker.ts';

/** A listener of generation and verification; in JSON mode events are printed unchanged. */
export function createShardProgress(
  output: Output,
  options: TrackerOptions = {},
): (progress: VerifyProgress | GenerateProgress) => void {
  const tracker = createTracker(output, options);
  return (progress) => {
    output.event({ event: 'progress', ...progress });
    const { tokensDone, tokens, shardsDone, shards } = progress;
    tracker.plan([{ id: 'tokens', unit: 'tokens', total: tokens }]);
    tracker.advance({
      stage: 'tokens',
      done: tokensDone,
      details: [`shard ${Math.min(shardsDone + 1, shards)}/${shards}`],
      // In a resumed data set, the existing part does not count for the speed.
      ...('etaSeconds' in progress && {
        rate: { perSecond: progress.tokensPerSecond, unit: 'tokens' },
        etaSeconds: progress.etaSeconds,
      }),
    });
  };
}
