// A clock that tests move: short waits are over at once and remembered, time-outs pass when the test says so.

import type { Clock } from '../../src/llm/index.ts';

export type ManualClock = Clock & {
  /** The waits asked for that were not time-outs, in milliseconds, in order. */
  readonly waits: readonly number[];
  /** Lets every time-out pass that is running now. */
  expire(): void;
  /** How many time-outs are running. */
  running(): number;
};

/** Timers of exactly `timeoutMs` are time-outs; every other one fires at once, and moves the clock on. */
export function createManualClock(timeoutMs: number, startMs = Date.UTC(2026, 0, 1)): ManualClock {
  const waits: number[] = [];
  const timeouts = new Set<() => void>();
  let nowMs = startMs;
  return {
    waits,
    now: () => nowMs,
    running: () => timeouts.size,
    after: (ms, fire) => {
      if (ms === timeoutMs) {
        timeouts.add(fire);
        return () => timeouts.delete(fire);
      }
      waits.push(ms);
      let canceled = false;
      setImmediate(() => {
        if (canceled) return;
        nowMs += ms;
        fire();
      });
      return () => {
        canceled = true;
      };
    },
    expire: () => {
      const due = [...timeouts];
      timeouts.clear();
      nowMs += timeoutMs;
      for (const fire of due) fire();
    },
  };
}
