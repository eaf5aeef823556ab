// Sends each warrior and each setting to a thread once: jobs name them by number afterwards.

import type { BattleJob, CoreSettings, Warrior } from '../corewar/index.ts';
import type { BatchRequest, PackedJob } from './worker-messages.ts';

export type Interner = {
  /** Jobs by numbers, with what the thread has not seen yet. */
  pack(jobs: readonly BattleJob[]): Omit<BatchRequest, 'batch'>;
};

/** A thread that has been sent more warriors forgets them all, so that its memory is bounded. */
const MAX_KNOWN = 20_000;

export function createInterner(maxKnown = MAX_KNOWN): Interner {
  let known = new Map<object, number>();
  const pack = (jobs: readonly BattleJob[]): Omit<BatchRequest, 'batch'> => {
    const forget = known.size > maxKnown;
    if (forget) known = new Map();
    const settings: [number, CoreSettings][] = [];
    const warriors: [number, Warrior][] = [];
    const intern = <T extends object>(value: T, sent: [number, T][]): number => {
      const seen = known.get(value);
      if (seen !== undefined) return seen;
      const id = known.size;
      known.set(value, id);
      sent.push([id, value]);
      return id;
    };
    const packed = jobs.map(
      (job): PackedJob => ({
        rounds: job.rounds,
        placement: job.placement,
        order: job.order,
        settings: intern(job.settings, settings),
        warriors: job.warriors.map((warrior) => intern(warrior, warriors)),
      }),
    );
    return { forget, settings, warriors, jobs: packed };
  };
  return { pack };
}
