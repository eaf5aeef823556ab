// The events of an arms race as progress and sentences. Its stages are its rounds.

import { plural } from '../../core/index.ts';
import type { RedQueenEvent } from '../../redqueen/index.ts';
import { describeRound } from '../describe-race.ts';
import type { Output } from '../output.ts';
import { createTracker, type TrackerOptions } from './create-tracker.ts';

/** Shows the events of an arms race; in JSON mode they are printed unchanged. */
export function createRaceListener(
  output: Output,
  options: TrackerOptions = {},
): (event: RedQueenEvent) => void {
  const tracker = createTracker(output, { ...options, noun: 'round' });
  return (event) => {
    output.event({ event: event.kind, ...event });
    if (event.kind === 'message') output.say(event.text);
    else if (event.kind === 'candidate') {
      const { round, rounds, done, total, bestFitness, niches, candidatesPerSecond } = event;
      // Rounds have as many candidates as this one, except for their warm-ups.
      tracker.plan(
        Array.from({ length: rounds }, (_, i) => ({ id: `${i + 1}`, unit: 'candidates', total })),
      );
      tracker.advance({
        stage: `${round}`,
        done,
        total,
        details: [`best ${bestFitness?.toFixed(3) ?? '–'}`, plural(niches, 'niche')],
        rate: { perSecond: candidatesPerSecond, unit: 'candidates' },
        etaSeconds: (total - done) / candidatesPerSecond,
      });
    } else for (const line of describeRound(event)) output.say(line);
  };
}
