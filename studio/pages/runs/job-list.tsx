// What was started from a page, until it is taken off the list.

import type { JobFacts } from '../../../src/studio/protocol.ts';
import type { Client } from '../../client.ts';

const WORDS = {
  queued: 'waits for its turn',
  running: 'is running',
  finished: 'has finished',
  stopped: 'was stopped, and can be resumed',
  failed: 'failed',
} as const;

export function JobList({
  jobs,
  client,
}: {
  readonly jobs: readonly JobFacts[];
  readonly client: Client;
}) {
  if (jobs.length === 0) return null;
  return (
    <section class="jobs" aria-label="Started from here">
      <h2>Started from here</h2>
      <ul>
        {jobs.map(({ number, place, state, command, message }) => (
          <li key={number}>
            <span>
              <strong>{place}</strong> {WORDS[state]}
            </span>
            {state !== 'running' && (
              <button
                type="button"
                aria-label={`Take ${place} off the list`}
                onClick={() => void client.act('jobs/remove', { number }).catch(() => {})}
              >
                {state === 'queued' ? 'Cancel' : 'Dismiss'}
              </button>
            )}
            <code>{command}</code>
            {state === 'failed' && message !== null && <pre>{message}</pre>}
          </li>
        ))}
      </ul>
    </section>
  );
}
