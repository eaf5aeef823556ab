// What a run has used so far, over all times it was started: seconds, requests, tokens.

import { existsSync } from 'node:fs';
import { z } from 'zod';
import { UserError } from '../core/index.ts';
import { readJsonFile, writeJsonAtomic } from '../files/index.ts';

const usageSchema = z.strictObject({
  seconds: z.number().nonnegative(),
  requests: z.int().nonnegative(),
  inputTokens: z.int().nonnegative(),
  outputTokens: z.int().nonnegative(),
});

export type UsageRecord = z.output<typeof usageSchema>;

const NOTHING: UsageRecord = { seconds: 0, requests: 0, inputTokens: 0, outputTokens: 0 };

/** What a file records; nothing where there is none. Throws UserError where it is damaged. */
export function readUsage(file: string): UsageRecord {
  if (!existsSync(file)) return NOTHING;
  const result = usageSchema.safeParse(readJsonFile(file));
  if (result.success) return result.data;
  throw new UserError(`${file} is damaged: ${result.error.issues[0]?.message}`, {
    hint: 'restore it, or write the requests and tokens used so far into it',
  });
}

export type UsageMeter = {
  /** What was used before this start. */
  readonly before: UsageRecord;
  /** Where a model counts what it uses from now on. */
  watch(read: () => Omit<UsageRecord, 'seconds'>): void;
  /** Writes what is used now. */
  save(): void;
};

/** Counts on from what `file` records. */
export function createUsageMeter(file: string): UsageMeter {
  const before = readUsage(file);
  const began = performance.now();
  let read = (): Omit<UsageRecord, 'seconds'> => NOTHING;
  return {
    before,
    watch(reader) {
      read = reader;
    },
    save() {
      const { requests, inputTokens, outputTokens } = read();
      writeJsonAtomic(file, {
        seconds: before.seconds + (performance.now() - began) / 1000,
        requests: before.requests + requests,
        inputTokens: before.inputTokens + inputTokens,
        outputTokens: before.outputTokens + outputTokens,
      });
    },
  };
}
