// Whether the threads of a session spin while they wait for one another. Those that spin begin the next node at once: a
// step takes 5 to 10 % less on a machine of our own, and half as much again beside a program that wants the processors too
// (docs/results.md). How often the system takes a processor away from the runs tells one from the other.

/** How long a thread spins before it sleeps: longer brings no more. */
export const SPIN_MICROSECONDS = 1000;

/** What the system did while a program ran. */
export type Preemptions = {
  /** Time in runs. */
  readonly seconds: number;
  /** Times that a thread of this process lost its processor to another before it was done. */
  readonly count: number;
};

export const NO_PREEMPTIONS: Preemptions = { seconds: 0, count: 0 };

/** Preemptions per second and thread: about 20 with nobody else, 35 beside a tenth of a processor, above 100 beside a whole one. */
const QUIET = 40;
const BUSY = 70;

/** Time in runs that is looked at before anything changes, at least. */
const MIN_SECONDS = 2;
/** To open a session anew may take no more than a twentieth of the time that its setting is kept. */
const MIN_RUNS_PER_LOAD = 20;

/** Whether `seen` is enough to judge by, where a session takes so many seconds to open. */
export function isEnough({ seconds }: Preemptions, loadSeconds: number): boolean {
  return seconds >= Math.max(MIN_SECONDS, MIN_RUNS_PER_LOAD * loadSeconds);
}

/** Whether a session of so many threads had better spin, from what was seen while it did (`spins`) or did not. */
export function shouldSpin(spins: boolean, { seconds, count }: Preemptions, threads: number) {
  const rate = count / seconds / threads;
  return spins ? rate < BUSY : rate < QUIET;
}

/** Whether this system counts preemptions, and threads wait for one another. */
export function canSpin(threads: number, platform: string = process.platform): boolean {
  return threads > 1 && platform !== 'win32';
}

/** Runs `work`, and adds what the system did meanwhile. */
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
