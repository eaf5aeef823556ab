// Jobs on a Slurm cluster: waves of array jobs, which are judged by their results rather than by Slurm's reports.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../core/index.ts';
import { type Executor, findReady, type Job, type JobEvent, type JobState } from './executor.ts';
import { PROGRAM, parseEvent } from './job-process.ts';
import { readLogTail } from './log-tail.ts';
import { explainDeaths } from './run-side-by-side.ts';
import { type AskSlurm, askSlurm } from './slurm-commands.ts';
import { explainTask, type TaskEnding } from './slurm-end.ts';
import { lookAtTasks, type TaskLook } from './slurm-look.ts';
import type { SlurmOptions } from './slurm-options.ts';
import { logFile, readWaves, submitWave, type Wave, writeWave } from './slurm-waves.ts';

export type SlurmExecutorOptions = {
  /** The study's folder, on a file system that the cluster's machines share. */
  readonly directory: string;
  readonly jobState: (job: Job) => JobState;
  readonly options: SlurmOptions;
  /** Tasks of an array that may run at once; by default Slurm decides. */
  readonly atOnce?: number | undefined;
  /** Time between two looks; 15 seconds by default. */
  readonly intervalMs?: number;
  /** Attempts at a job that dies; 3 by default. Attempts ended by a time limit or preemption do not count. */
  readonly attempts?: number;
  /** Whether jobs are canceled when the signal fires; by default they continue, and the next `run` finds them. */
  readonly cancelOnAbort?: boolean;
  /** Throws if the study's folder no longer belongs to this process; called before anything is written. */
  readonly requireFolder?: () => void;
  /** The program, in JavaScript; tests use another one. */
  readonly program?: string;
  /** Time that a command of Slurm has to answer; 60 seconds by default. */
  readonly timeoutMs?: number;
  /** Runs a command of Slurm; tests have a cluster of their own. */
  readonly ask?: AskSlurm;
};

/** How often a job may reach its time limit or be preempted. */
const MAX_INTERRUPTIONS = 100;
/** Failed looks in a row before Slurm is given up. */
const MAX_PROBLEMS = 20;
/** Looks in a row at which a task must be missing, or be known to the accounts only, before it counts as ended. */
const MISSING_LOOKS = 3;
const CLAIMED_LOOKS = 20;
/** Looks at the folder of an ended task: on a network file system, a result may appear a minute late. */
const LATE_LOOKS = 5;

/** A submitted job. */
type Submitted = {
  readonly job: Job;
  readonly wave: Wave;
  readonly index: number;
  readonly task: string;
  hasStarted: boolean;
  /** Looks in a row at which the task was missing. */
  missing: number;
  /** Looks in a row at which the task was over. */
  over: number;
  lastProgress: string;
};

/**
 * An executor whose jobs outlive it: if this process ends, they continue, and `run` of the next one finds them through the records
 * of submissions in the study's folder. The caller holds the lock of that folder.
 */
export function createSlurmExecutor(given: SlurmExecutorOptions): Executor {
  return { run: (jobs, signal) => new SlurmRun(given, jobs, signal).events() };
}

class SlurmRun {
  private readonly given: SlurmExecutorOptions;
  private readonly directory: string;
  private readonly jobs: readonly Job[];
  private readonly byId: ReadonlyMap<string, Job>;
  private readonly signal: AbortSignal | undefined;
  private readonly timeoutMs: number;
  private readonly runCommand: AskSlurm;
  private readonly submitted = new Map<string, Submitted>();
  private readonly finished = new Set<string>();
  private readonly failed = new Set<string>();
  private readonly deaths = new Map<string, number>();
  private readonly interruptions = new Map<string, number>();
  private problems = 0;
  private lastMessage = '';

  constructor(given: SlurmExecutorOptions, jobs: readonly Job[], signal: AbortSignal | undefined) {
    this.given = given;
    this.directory = path.resolve(given.directory);
    this.jobs = jobs;
    this.byId = new Map(jobs.map((job) => [job.id, job]));
    this.signal = signal;
    this.timeoutMs = given.timeoutMs ?? 60_000;
    this.runCommand = given.ask ?? askSlurm;
  }

  async *events(): AsyncGenerator<JobEvent, void, undefined> {
    const waves = readWaves(this.directory);
    let nextNumber = (waves.at(-1)?.number ?? 0) + 1;
    for (const job of this.jobs) {
      if (this.given.jobState(job) === 'finished') this.finished.add(job.id);
    }
    yield* this.pickUp(waves);
    for (const job of this.jobs) {
      if (this.submitted.has(job.id) || this.finished.has(job.id)) continue;
      const state = this.given.jobState(job);
      if (typeof state !== 'string') yield this.fail(job, state.failed);
    }
    while (!this.signal?.aborted) {
      const taken = new Set([...this.submitted.keys(), ...this.failed]);
      const ready = findReady(this.jobs, this.finished, taken);
      const idle = ready.filter((job) => this.given.jobState(job) === 'finished');
      for (const job of idle) yield this.finish(job);
      // Jobs that need them may now be ready.
      if (idle.length > 0) continue;
      const { maxArraySize } = this.given.options;
      for (let first = 0; first < ready.length; first += maxArraySize) {
        await this.submit(nextNumber++, ready.slice(first, first + maxArraySize));
      }
      if (this.submitted.size === 0) return;
      await this.wait();
      if (this.signal?.aborted) break;
      yield* this.look();
    }
    if (this.given.cancelOnAbort) yield* this.cancel();
  }

  /** Finds jobs that were submitted earlier and are still in Slurm. */
  private async *pickUp(waves: readonly Wave[]): AsyncGenerator<JobEvent, void, undefined> {
    const open = waves.filter(({ jobs }) => jobs.some((id) => this.isOpen(id)));
    if (open.length === 0) return;
    let found: TaskLook | null = null;
    while (found === null) {
      const look = await this.ask(open);
      if ('problem' in look) {
        yield* this.tellProblem(look.problem);
        await this.wait();
        if (this.signal?.aborted) return;
      } else found = look.value;
    }
    for (const wave of open) {
      const arrayJob = wave.arrayJob ?? found.arrayJobs.get(wave.jobName) ?? null;
      if (arrayJob === null) continue;
      const known = { ...wave, arrayJob };
      if (wave.arrayJob === null) {
        this.given.requireFolder?.();
        writeWave(this.directory, known);
      }
      wave.jobs.forEach((id, index) => {
        const job = this.byId.get(id);
        const task = `${arrayJob}_${index}`;
        const isThere = found.active.has(task) || found.claimed.has(task);
        if (job && isThere && this.isOpen(id)) this.watch(job, known, index);
      });
    }
  }

  private isOpen(id: string): boolean {
    return !this.finished.has(id) && this.byId.has(id);
  }

  private watch(job: Job, wave: Wave, index: number): void {
    const task = `${wave.arrayJob}_${index}`;
    const told = { hasStarted: false, missing: 0, over: 0, lastProgress: '' };
    this.submitted.set(job.id, { job, wave, index, task, ...told });
  }

  private async submit(number: number, jobs: readonly Job[]): Promise<void> {
    this.given.requireFolder?.();
    const { directory, timeoutMs, runCommand: ask } = this;
    const { options, atOnce, program = PROGRAM } = this.given;
    const ids = jobs.map(({ id }) => id);
    const submission = { directory, options, atOnce, program, timeoutMs, ask };
    const wave = await submitWave(submission, number, ids);
    jobs.forEach((job, index) => {
      this.watch(job, wave, index);
    });
  }

  private ask(waves: readonly Wave[]) {
    return lookAtTasks(waves, (command, args) =>
      this.runCommand(command, args, this.timeoutMs, this.directory),
    );
  }

  private async *look(): AsyncGenerator<JobEvent, void, undefined> {
    const look = await this.ask([...new Set([...this.submitted.values()].map(({ wave }) => wave))]);
    if ('problem' in look) yield* this.tellProblem(look.problem);
    else {
      this.problems = 0;
      if (look.value.note) yield* this.tell(look.value.note);
    }
    for (const entry of [...this.submitted.values()]) {
      // A result counts whatever Slurm reports, or if it reports nothing.
      if (this.given.jobState(entry.job) === 'finished') {
        yield* this.tellProgress(entry);
        yield this.finish(entry.job);
      } else if (!('problem' in look)) yield* this.follow(entry, look.value);
    }
  }

  private finish({ id }: Job): JobEvent {
    this.submitted.delete(id);
    this.finished.add(id);
    return { kind: 'finished', job: id };
  }

  private *follow(entry: Submitted, { active, claimed, ended }: TaskLook): Generator<JobEvent> {
    const { job, task } = entry;
    const state = active.get(task);
    if (state !== undefined) {
      entry.missing = 0;
      entry.over = 0;
      if (state !== 'PENDING') yield* this.tellProgress(entry);
      return;
    }
    entry.missing++;
    const record = ended.get(task);
    const patience = claimed.has(task) ? CLAIMED_LOOKS : MISSING_LOOKS;
    if (record === undefined && entry.missing < patience) return;
    entry.over++;
    const result = this.given.jobState(job);
    const hasFailed = typeof result !== 'string';
    if (!hasFailed && entry.over < LATE_LOOKS) return;
    this.submitted.delete(job.id);
    const file = logFile(this.directory, entry.wave, entry.index);
    // Between two looks it may have started and ended; one that was canceled in the queue has no log.
    if (existsSync(file)) yield* this.tellProgress(entry);
    if (hasFailed) yield this.fail(job, result.failed);
    else yield this.judge(job, explainTask(record, readLogTail(file)));
  }

  private *tellProgress(entry: Submitted): Generator<JobEvent> {
    const { job, wave, index } = entry;
    if (!entry.hasStarted) yield { kind: 'started', job: job.id };
    entry.hasStarted = true;
    const lines = readLogTail(logFile(this.directory, wave, index))
      .split('\n')
      .slice(0, -1);
    const last = lines.findLast((line) => parseEvent(line) !== null);
    if (last === undefined || last === entry.lastProgress) return;
    entry.lastProgress = last;
    yield { kind: 'progress', job: job.id, data: parseEvent(last) };
  }

  /** Handles a task that ended without a result. */
  private judge(job: Job, ending: TaskEnding): JobEvent {
    if (ending.kind === 'failed') return this.fail(job, ending.message);
    const [counts, most] =
      ending.kind === 'lost'
        ? [this.deaths, this.given.attempts ?? 3]
        : [this.interruptions, MAX_INTERRUPTIONS];
    const count = (counts.get(job.id) ?? 0) + 1;
    counts.set(job.id, count);
    if (count < most) return { kind: 'lost', job: job.id, message: ending.message };
    this.failed.add(job.id);
    return explainDeaths(job, ending.message, count);
  }

  private fail(job: Job, message: string): JobEvent {
    this.failed.add(job.id);
    return { kind: 'failed', job: job.id, message };
  }

  private *tellProblem(problem: string): Generator<JobEvent> {
    this.problems++;
    if (this.problems >= MAX_PROBLEMS) {
      throw new UserError(`${problem} (${this.problems} times in a row)`, {
        hint: 'submitted jobs continue: run the same command again when Slurm answers',
      });
    }
    yield* this.tell(problem);
  }

  /** Reports a message once. */
  private *tell(text: string): Generator<JobEvent> {
    if (text === this.lastMessage) return;
    this.lastMessage = text;
    yield { kind: 'message', text };
  }

  private async wait(): Promise<void> {
    const { intervalMs = 15_000 } = this.given;
    const { signal } = this;
    await sleep(intervalMs, undefined, signal ? { signal } : {}).catch((error: unknown) => {
      if (!signal?.aborted) throw error;
    });
  }

  private async *cancel(): AsyncGenerator<JobEvent, void, undefined> {
    const tasks = [...this.submitted.values()].map(({ task }) => task);
    if (tasks.length === 0) return;
    const answer = await this.runCommand('scancel', tasks, this.timeoutMs, this.directory);
    if ('problem' in answer) yield* this.tell(`the jobs continue in Slurm: ${answer.problem}`);
  }
}
