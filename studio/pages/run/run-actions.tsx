// What can be done with a run: stop it, resume it, start one like it.

import { useSignal } from '@preact/signals';
import type { FolderFacts } from '../../../src/studio/protocol.ts';
import type { Client, RequestError } from '../../client.ts';
import { addressOf } from '../../routes.ts';

export function RunActions({
  client,
  facts: { id, state, kind },
}: {
  readonly client: Client;
  readonly facts: FolderFacts;
}) {
  const said = useSignal<{ readonly text: string; readonly isFault: boolean } | null>(null);
  const act = (what: string, done: string) => () => {
    client.act(what, { id }).then(
      () => {
        said.value = { text: done, isFault: false };
      },
      ({ message, hint }: RequestError) => {
        said.value = { text: hint ? `${message} (${hint})` : message, isFault: true };
      },
    );
  };
  return (
    <>
      {state === 'running' && (
        <button type="button" onClick={act('jobs/stop', 'asked to stop; it saves what it has')}>
          Stop
        </button>
      )}
      {(state === 'stopped' || state === 'killed') && (
        <button type="button" onClick={act('jobs/resume', 'queued')}>
          Resume
        </button>
      )}
      {kind !== 'dataset' && <a href={addressOf('new', '', { run: id })}>Start one like it</a>}
      <span class={said.value?.isFault ? 'fault' : 'note'} role="status">
        {said.value?.text}
      </span>
    </>
  );
}
