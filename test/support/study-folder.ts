// The folder of a study whose jobs are played by `study-job.mjs`, and what an executor tells of them.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Job, JobEvent, JobState } from '../../src/study/executors/executor.ts';

export const STUDY_JOB = fileURLToPath(new URL('study-job.mjs', import.meta.url));

export type PlayedJob = {
  readonly die?: readonly number[];
  readonly fail?: string;
  readonly record?: string;
  readonly wait?: boolean;
  readonly silent?: boolean;
  readonly long?: number;
  readonly needs?: readonly string[];
};

/** A study in a folder of its own. */
export function makeStudy(plan: Readonly<Record<string, PlayedJob>>) {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'study-'));
  writeFileSync(path.join(directory, 'plan.json'), JSON.stringify(plan));
  const jobs = Object.entries(plan).map(
    ([id, { needs = [] }]): Job => ({ id, directory: `runs/${id}`, after: needs }),
  );
  return { directory, jobs, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** What the jobs of the study in a folder have come to. */
export function stateIn(directory: string): (job: Job) => JobState {
  return (job) => {
    const file = path.join(directory, job.directory, 'result.json');
    if (!existsSync(file)) return 'waiting';
    const { failed } = JSON.parse(readFileSync(file, 'utf8'));
    return failed === undefined ? 'finished' : { failed };
  };
}

/** How often each job was begun, with the options that it was given. */
export function listAttempts(directory: string, jobs: readonly Job[]): Record<string, string[]> {
  return Object.fromEntries(
    jobs.map(({ id, directory: folder }) => {
      const file = path.join(directory, folder, 'attempts');
      const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
      return [id, lines];
    }),
  );
}

/** All events, in order; `onEvent` hears of each as it comes. */
export async function collect(
  events: AsyncIterable<JobEvent>,
  onEvent: (event: JobEvent) => void = () => {},
): Promise<JobEvent[]> {
  const all: JobEvent[] = [];
  for await (const event of events) {
    all.push(event);
    onEvent(event);
  }
  return all;
}

/** Ids of the jobs of a kind of event, in order. */
export function idsOf(events: readonly JobEvent[], kind: JobEvent['kind']): string[] {
  return events.flatMap((event) => (event.kind === kind && 'job' in event ? [event.job] : []));
}
