// What a recurrent network holds while it reads: where its memory goes, how far each token moves it, what it predicts, what it does
// on its own, and where its cell looks.

import { useSignal } from '@preact/signals';
import { formatNumber, formatPercent } from '../../../src/chart/format.ts';
import type { MemoryAnswer, TracedSequence } from '../../../src/studio/protocol.ts';
import type { RequestError } from '../../client.ts';
import type { PageProps } from '../../pages.ts';
import { Failed } from '../../parts/failed.tsx';
import { addressOf, routeOf } from '../../routes.ts';
import { useAnswer } from '../../use-answer.ts';
import { AttentionMap } from './attention-map.tsx';
import { SequenceBars } from './sequence-bars.tsx';
import { TrajectoryMap } from './trajectory-map.tsx';
import './memory.css';

type Trace = NonNullable<MemoryAnswer['trace']>;

export function MemoryPage({ store, client, path: id, query }: PageProps) {
  const facts = store.folders.value.get(id);
  const jobs = store.jobs.value ?? [];
  const stamp = jobs.map(({ number, state }) => `${number} ${state}`).join();
  const asked = useAnswer((signal) => client.memory(id, signal), id, stamp).value;
  const fault = useSignal<RequestError | null>(null);
  if (asked.kind === 'failed') return <Failed heading="This memory cannot be shown" {...asked} />;
  if (asked.kind === 'waiting') return <p class="waiting">Reading the memory…</p>;
  const { trace } = asked.value;
  const own = jobs.find(({ place }) => place === facts?.place);
  return (
    <>
      <p class="back">
        <a href={addressOf('run', id)}>Its report</a>
      </p>
      <h1>What {facts?.place ?? id} holds while it reads</h1>
      {trace ? (
        <TraceView trace={trace} id={id} query={query} />
      ) : (
        <section class="empty">
          <p>
            Nobody has looked yet. <code>primordia memory</code> reads held-out sequences with the
            run’s network, which takes some seconds, and writes down what it holds.
          </p>
          {store.jobs.value !== null && (
            <button
              type="button"
              class="primary"
              disabled={own?.state === 'running' || own?.state === 'queued'}
              onClick={() => {
                fault.value = null;
                client.act('jobs/memory', { id }).catch((error) => {
                  fault.value = error;
                });
              }}
            >
              Look now
            </button>
          )}
          <p role="status" class={own?.state === 'failed' ? 'fault' : 'note'}>
            {fault.value?.message ??
              (own ? `${own.state}${own.message ? `: ${own.message}` : ''}` : '')}
          </p>
        </section>
      )}
    </>
  );
}

function TraceView({
  trace,
  id,
  query,
}: {
  readonly trace: Trace;
  readonly id: string;
  readonly query: URLSearchParams;
}) {
  const { sequences, names, shares, memoryTokens, hiddenSize, stage } = trace;
  const clamp = (value: number, most: number) =>
    Number.isFinite(value) ? Math.max(0, Math.min(most, Math.round(value))) : 0;
  const row = clamp(Number(query.get('sequence') ?? 0), sequences.length - 1);
  const sequence = sequences[row]!;
  const step = clamp(Number(query.get('token') ?? 0), sequence.tokens.length - 1);
  const go = (next: { readonly sequence?: number; readonly token?: number }) => {
    // The address may have changed since this was drawn.
    const now = new URLSearchParams(routeOf(location.hash).query);
    location.replace(
      addressOf('memory', id, {
        sequence: `${next.sequence ?? now.get('sequence') ?? row}`,
        token: `${next.token ?? now.get('token') ?? step}`,
      }),
    );
  };
  const shown = formatPercent(shares[0]! + shares[1]!);
  return (
    <>
      <p class="note">
        Stage {stage}: a memory of {memoryTokens * hiddenSize} numbers ({memoryTokens} ×{' '}
        {hiddenSize}
        ), read over {sequence.tokens.length} tokens of held-out sequences.
      </p>
      <form class="filters" aria-label="What is shown" onSubmit={(event) => event.preventDefault()}>
        <label>
          Sequence
          <select
            value={row}
            onChange={({ currentTarget }) => go({ sequence: Number(currentTarget.value) })}
          >
            {sequences.map((_, i) => (
              <option key={i} value={i}>
                {i}
              </option>
            ))}
          </select>
        </label>
        <label class="memory-slider">
          After token {step} of {sequence.tokens.length - 1}
          <input
            type="range"
            min={0}
            max={sequence.tokens.length - 1}
            value={step}
            onInput={({ currentTarget }) => go({ token: currentTarget.valueAsNumber })}
          />
        </label>
      </form>
      <Readout sequence={sequence} names={names} step={step} />
      <div class="memory-grid">
        <section aria-labelledby="trajectory-heading">
          <h2 id="trajectory-heading">Where the memory goes</h2>
          <p class="note">
            Its two largest principal components, {shown} of the variance over all sequences. Solid:
            on the true tokens. Dashed: free-running from the middle on, on its own most probable
            tokens.
          </p>
          <TrajectoryMap
            sequences={sequences}
            row={row}
            step={step}
            choose={(token) => go({ token })}
          />
        </section>
        <section aria-labelledby="movement-heading">
          <h2 id="movement-heading">How far each token moves it, and what it costs</h2>
          <SequenceBars
            title="Movement"
            unit="root mean square of the difference"
            values={sequence.movement}
            step={step}
            choose={(token) => go({ token })}
          />
          <SequenceBars
            title="Loss of the next token"
            unit="nats"
            values={sequence.losses}
            counted={sequence.counted}
            step={step}
            choose={(token) => go({ token })}
          />
          {sequence.counted.includes(false) && (
            <p class="note">Pale: tokens that do not count, because nothing foretells them.</p>
          )}
        </section>
      </div>
      <h2>Free-running output beside the truth</h2>
      <FreeRun sequence={sequence} names={names} />
      {sequence.attention && (
        <>
          <h2>Where the cell looks</h2>
          <p class="note">
            While it reads token {step}: rows look at columns; the darker, the more. m0 to m
            {memoryTokens - 1} are the memory’s tokens, t is the token. Mean over heads.
          </p>
          <div class="attention-row">
            {sequence.attention[step]!.map((weights, layer) => (
              <AttentionMap key={layer} layer={layer} weights={weights} />
            ))}
          </div>
        </>
      )}
    </>
  );
}

type Names = Trace['names'];

/** A token as a reader knows it: its text in quotes, or its number. */
function nameToken(id: number, names: Names): string {
  return names?.[id] === undefined ? `${id}` : JSON.stringify(names[id]);
}

type SequenceProps = { readonly sequence: TracedSequence; readonly names: Names };

function Readout({ sequence, names, step }: SequenceProps & { readonly step: number }) {
  const { tokens, targets, predictions, losses, movement, counted } = sequence;
  const isRight = predictions[step] === targets[step];
  return (
    <p class="readout" role="status">
      Token {step} is <strong>{nameToken(tokens[step]!, names)}</strong>; it moves the memory by{' '}
      {formatNumber(movement[step]!)}. Expected next:{' '}
      <strong>{nameToken(predictions[step]!, names)}</strong>,{' '}
      {isRight ? 'which comes' : `but ${nameToken(targets[step]!, names)} comes`} (
      {formatNumber(losses[step]!)} nats{counted[step] ? '' : ', which do not count'}).
    </p>
  );
}

function FreeRun({ sequence, names }: SequenceProps) {
  const { tokens, free } = sequence;
  const truth = tokens.slice(free.from);
  const hits = free.tokens.filter((token, i) => token === truth[i]).length;
  const cells = (ids: readonly number[], other: readonly number[]) =>
    ids.map((id, i) => (
      <td key={i} class={id === other[i] ? 'hit' : 'miss'}>
        {nameToken(id, names).replace(/^"|"$/g, '')}
      </td>
    ));
  return (
    <>
      <p class="note">
        From token {free.from} on the network reads its own predictions: {hits} of {truth.length}{' '}
        match the truth. Matches are underlined.
      </p>
      <section class="runs-list" tabindex={0} aria-label="Its own tokens beside the truth">
        <table class="free-run">
          <tbody>
            <tr>
              <th scope="row">truth</th>
              {cells(truth, free.tokens)}
            </tr>
            <tr>
              <th scope="row">its own</th>
              {cells(free.tokens, truth)}
            </tr>
          </tbody>
        </table>
      </section>
    </>
  );
}
