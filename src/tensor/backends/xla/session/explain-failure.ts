// What a plugin's errors mean for whoever computes with it.

import { UserError } from '../../../../core/index.ts';
import { PjrtError } from './plugin.ts';
import type { Failure, Request } from './protocol.ts';

/** What to do where memory does not suffice. */
export const TAKE_LESS =
  'take a smaller batchSize with a larger accumulate, a shorter context or a smaller model';

const NO_GPU =
  'a GPU with its driver is needed: nvidia-smi lists those that are there, and CUDA_VISIBLE_DEVICES may hide them';

/** @param asked the kind of request that failed; null where the device did not open */
export function explainFailure(error: unknown, asked: Request['kind'] | null): Failure {
  if (error instanceof UserError) return { error: error.message, hint: error.hint ?? '' };
  if (!(error instanceof PjrtError)) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
  if (error.code === 'RESOURCE_EXHAUSTED') {
    return { error: `the device is out of memory: ${error.message}`, hint: TAKE_LESS };
  }
  if (asked === null) {
    const hint = /no visible gpu/i.test(error.message) ? NO_GPU : '';
    return { error: error.message, hint };
  }
  // Text that does not compile is an error of ours.
  if (asked === 'load') return { error: error.message };
  return {
    error: `the device failed: ${error.message}`,
    hint: 'primordia devices says whether it still works',
  };
}
