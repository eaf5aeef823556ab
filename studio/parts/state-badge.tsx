// The state of a run, in a word.

import type { FolderState } from '../../src/studio/protocol.ts';

const MEANING: Readonly<Record<FolderState, string>> = {
  running: 'a process is at work on it',
  finished: 'it has come to its end',
  stopped: 'it was stopped and can be resumed',
  killed: 'its process died; it can be resumed',
  damaged: 'its record cannot be read',
};

export function StateBadge({ state }: { state: FolderState }) {
  return (
    <span class={`state ${state}`} title={MEANING[state]}>
      {state}
    </span>
  );
}
