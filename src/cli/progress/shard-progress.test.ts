import { expect, test } from 'vitest';
import { openOutput } from '../../../test/support/open-output.ts';
import { createShardProgress } from './shard-progress.ts';

const VERIFIED = { tokensDone: 5_000_000, tokens: 20_000_000, shardsDone: 1, shards: 4 };
const GENERATED = { ...VERIFIED, tokensPerSecond: 4_100_000, etaSeconds: 3.7 };

function tell(progress: typeof VERIFIED, json = false): string {
  const { output, text } = openOutput({ json });
  let time = 0;
  const listener = createShardProgress(output, { now: () => time });
  time = 2000;
  listener(progress);
  return text();
}

test('a data set that is made or checked has tokens, the shard and the speed', () => {
  expect(tell(VERIFIED)).toBe('5.0M/20.0M tokens  25 %  shard 2/4  2,500,000 tokens/s  ETA 6s\n');
  expect(tell(GENERATED)).toBe('5.0M/20.0M tokens  25 %  shard 2/4  4,100,000 tokens/s  ETA 4s\n');
  const end = { ...GENERATED, tokensDone: 20_000_000, shardsDone: 4, etaSeconds: 0 };
  expect(tell(end)).toBe('20.0M/20.0M tokens  100 %  shard 4/4  4,100,000 tokens/s  in 2s\n');
});

test('in JSON it is a line as it was told', () => {
  expect(JSON.parse(tell(GENERATED, true))).toEqual({ event: 'progress', ...GENERATED });
});
