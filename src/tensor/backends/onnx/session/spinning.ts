// Whether the threads of a session spin while they wait for one another. Spinning threads start the next node at once. A step
// then takes 5 to 10 % less time on a quiet machine, and half as much again beside a program that also needs the processors
// (docs/results.md). The rate of preemptions tells these cases apart.

/** How long a thread spins before it sleeps; a longer time gains nothing. */
export const SPIN_MICROSECONDS = 1000;

/** What the system did during runs. */
export type Preemptions = {
  /** Time in runs. */
  readonly seconds: number;
  /** How often a thread of this process was preempted. */
  readonly count: number;
};

export const NO_PREEMPTIONS: Preemptions = { seconds: 0, count: 0 };

/** Preemptions per second and thread: about 20 on a quiet machine, 35 beside a load of a tenth of a processor, above 100 beside a full one. */
const QUIET = 40;
const BUSY = 70;

/** Least time in runs before a decision. */
const MIN_SECONDS = 2;
/** Reopening a session may take at most a twentieth of the time for which its setting is kept. */
const MIN_RUNS_PER_LOAD = 20;

/** Whether `seen` suffices for a decision, given the seconds that it takes to open a session. */
export function isEnough({ seconds }: Preemptions, loadSeconds: number): boolean {
  return seconds >= Math.max(MIN_SECONDS, MIN_RUNS_PER_LOAD * loadSeconds);
}

/** Whether a session with this many threads should spin, from what was seen while it did (`spins`) or did not. */
export function shouldSpin(spins: boolean, { seconds, count }: Preemptions, threads: number) {
  const rate = count / seconds / threads;
  return spins ? rate < BUSY : rate < QUIET;
}

/** Whether the system counts preemptions and there is more than one thread. */
export function canSpin(threads: number, platform: string = process.platform): boolean {
  return threads > 1 && platform !== 'win32';
}

/** Runs `work` and adds what the system did meanwhile. */
export async function countPreemptions<T>(
  seen: Preemptions,
  work: () => Promise<T>,
): Promise<{ readonly value: T; readonly seen: Preemptions }> {
  const before = process.resourceUsage().involuntaryContextSwitches;
  const startMs = performance.now();
  const value = await work();
  const seconds = (performance.now() - startMs) / 1e3;
  const count = process.resourceUsage().involuntaryContextSwitches - before;
  return { value, seen: { seconds: seen.seconds + seconds, count: seen.count + count } };
}
