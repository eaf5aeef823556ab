// What a running run takes of the machine.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { formatCompact, formatPercent } from '../../../src/chart/format.ts';
import type { FolderFacts, SystemAnswer } from '../../../src/studio/protocol.ts';
import type { Client } from '../../client.ts';

const POLL_MS = 2000;
const GB = 2 ** 30;

export function SystemLine({
  client,
  id,
  facts,
}: {
  readonly client: Client;
  readonly id: string;
  readonly facts: FolderFacts;
}) {
  const system = useSignal<SystemAnswer | null>(null);
  useEffect(() => {
    const control = new AbortController();
    const look = () =>
      client.system(id, control.signal).then(
        (found) => {
          system.value = found;
        },
        () => {},
      );
    void look();
    const timer = setInterval(look, POLL_MS);
    return () => {
      control.abort();
      clearInterval(timer);
    };
  }, [client, id]);
  const { process = null, machine } = system.value ?? {};
  return (
    <dl class="system" aria-label="What the run takes of the machine">
      <div>
        <dt>Speed</dt>
        <dd>
          {facts.tokensPerSecond === null
            ? '–'
            : `${formatCompact(facts.tokensPerSecond)} tokens per second`}
        </dd>
      </div>
      <div>
        <dt>Processor</dt>
        <dd>
          {process && machine
            ? `${(process.cpuPercent / 100).toFixed(1)} of ${machine.cores} cores`
            : '–'}
        </dd>
      </div>
      <div>
        <dt>Memory</dt>
        <dd>
          {process && machine
            ? `${(process.memoryBytes / GB).toFixed(2)} GB, ${formatPercent(process.memoryBytes / machine.memoryBytes)} of the machine’s`
            : '–'}
        </dd>
      </div>
      <div>
        <dt>Process</dt>
        <dd>{process ? process.pid : 'on another machine'}</dd>
      </div>
    </dl>
  );
}
