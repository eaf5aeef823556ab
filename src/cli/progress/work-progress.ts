// Progress of work that is reported as a count and a total.

import type { Output } from '../output.ts';
import { createTracker, type TrackerOptions } from './create-tracker.ts';
import type { Advance } from './progress.ts';

/**
 * A function to be called with what is done.
 *
 * @param unit what is counted, in the plural
 */
export function createWorkProgress(
  output: Pick<Output, 'mode' | 'show'>,
  unit: string,
  options: TrackerOptions = {},
): (done: number, total: number | null, more?: Pick<Advance, 'details' | 'kept'>) => void {
  const tracker = createTracker(output, options);
  tracker.plan([{ id: unit, unit, total: null }]);
  return (done, total, more) => tracker.advance({ stage: unit, done, total, ...more });
}
