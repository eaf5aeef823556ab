// The usage of a run over all of its starts: seconds, requests, tokens.

import { existsSync } from 'node:fs';
import { z } from 'zod';
import { UserError } from '../core/index.ts';
import { readJsonFile, writeJsonAtomic } from '../files/index.ts';
import { mergeUsage, NO_USAGE, readCacheUsage, type UsageTotals } from '../llm/index.ts';

const count = z.int().nonnegative();
const usageSchema = z.strictObject({
  /** Seconds over all starts of the run. */
  seconds: z.number().nonnegative(),
  model: z.strictObject({
    requests: count,
    retries: count,
    completions: count,
    cacheHits: count,
    inputTokens: count,
    outputTokens: count,
    failures: z.record(z.string(), count),
    seconds: z.number().nonnegative(),
  }),
});

type UsageRecord = { readonly seconds: number; readonly model: UsageTotals };

/** What a file records; nothing where there is none. Throws UserError where it is damaged. */
function readUsage(file: string): UsageRecord {
  if (!existsSync(file)) return { seconds: 0, model: NO_USAGE };
  const result = usageSchema.safeParse(readJsonFile(file));
  if (result.success) return result.data;
  throw new UserError(`${file} is damaged: ${result.error.issues[0]?.message}`, {
    hint: 'restore it, or remove it: the usage of the kept answers is counted again',
  });
}

/**
 * The usage of a run: the records of `file`, and the usage of the answers in a folder. A killed run may have received answers
 * that it could not count.
 */
export function readRunUsage(file: string, answers: string): UsageRecord {
  const { seconds, model } = readUsage(file);
  return { seconds, model: mergeUsage(model, readCacheUsage(answers)) };
}

export type UsageMeter = {
  /** What a language model used before this start. */
  readonly spent: UsageTotals;
  /** Where a model says what it has used in all. */
  watch(read: () => UsageTotals): void;
  /** Writes what is used now. */
  save(): void;
};

/**
 * Counts on from what a run has used before.
 *
 * @param requireFolder throws where the folder of the run was moved or removed
 */
export function createUsageMeter(
  file: string,
  answers: string,
  requireFolder: () => void,
): UsageMeter {
  const before = readRunUsage(file, answers);
  const spent = before.model;
  const began = performance.now();
  let read = () => spent;
  return {
    spent,
    watch(reader) {
      read = reader;
    },
    save() {
      const seconds = before.seconds + (performance.now() - began) / 1000;
      requireFolder();
      writeJsonAtomic(file, { seconds, model: read() });
    },
  };
}
