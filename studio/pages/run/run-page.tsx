// A run: its curves as they grow, its recipe, where it comes from, its files.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { RunAnswer } from '../../../src/studio/protocol.ts';
import type { Client } from '../../client.ts';
import { formatAge } from '../../format-age.ts';
import type { PageProps } from '../../pages.ts';
import { StateBadge } from '../../parts/state-badge.tsx';
import { addressOf } from '../../routes.ts';
import { CurveChart } from './curve-chart.tsx';
import { type MetricsRow, readPanels, smoothCurve, X_LABELS, type XAxis } from './read-curves.ts';

const POLL_MS = 1000;
const WINDOWS = [1, 5, 21, 101] as const;

export function RunPage({ store, client, path: id }: PageProps) {
  const answer = useSignal<RunAnswer | null>(null);
  const rows = useSignal<readonly MetricsRow[]>([]);
  const fault = useSignal<string | null>(null);
  const axis = useSignal<XAxis>('steps');
  const [logX, logY] = [useSignal(false), useSignal(false)];
  const window = useSignal<number>(1);
  const live = store.folders.value.get(id);
  const stamp = `${live?.state} ${live?.stage}`;

  useEffect(() => {
    const control = new AbortController();
    client.run(id, control.signal).then(
      (found) => {
        answer.value = found;
        fault.value = null;
      },
      (error) => {
        if (!control.signal.aborted) fault.value = (error as Error).message;
      },
    );
    return () => control.abort();
  }, [id, stamp]);

  useEffect(() => {
    const control = new AbortController();
    void followRows(client, id, control.signal, (next) => {
      rows.value = next;
    });
    return () => control.abort();
  }, [client, id, rows]);

  if (fault.value !== null && answer.value === null) {
    return (
      <section class="empty">
        <h1>This run cannot be shown</h1>
        <p>{fault.value}</p>
        <p>
          <a href={addressOf('runs')}>All runs</a>
        </p>
      </section>
    );
  }
  if (answer.value === null) return <p class="waiting">Reading the run…</p>;
  const facts = live ?? answer.value.facts;
  const panels = readPanels(rows.value, axis.value);
  return (
    <>
      <p class="back">
        <a href={addressOf('runs')}>All runs</a>
      </p>
      <h1>{facts.place}</h1>
      <p class="facts-line">
        <StateBadge state={facts.state} /> {facts.recipe ?? 'no recipe'}
        {facts.seed === null ? '' : `, seed ${facts.seed}`}, changed{' '}
        {formatAge(facts.changedMs, store.now.value)}
      </p>
      {panels.length > 0 && (
        <form class="filters" aria-label="Curves" onSubmit={(event) => event.preventDefault()}>
          <label>
            Over
            <select
              value={axis.value}
              onChange={({ currentTarget }) => {
                axis.value = currentTarget.value as XAxis;
              }}
            >
              {Object.entries(X_LABELS).map(([name, label]) => (
                <option key={name} value={name}>
                  {label}
                </option>
              ))}
            </select>
          </label>
          <label>
            Smoothing
            <select
              value={window.value}
              onChange={({ currentTarget }) => {
                window.value = Number(currentTarget.value);
              }}
            >
              {WINDOWS.map((count) => (
                <option key={count} value={count}>
                  {count === 1 ? 'none' : `mean of ${count}`}
                </option>
              ))}
            </select>
          </label>
          <Toggle label="log x" value={logX} />
          <Toggle label="log y" value={logY} />
        </form>
      )}
      <section class="curves" aria-label="Curves of the run">
        {panels.map(({ label, unit, curves }) => (
          <CurveChart
            key={label}
            label={label}
            unit={unit}
            xLabel={X_LABELS[axis.value]}
            curves={curves.map((curve) => smoothCurve(curve, window.value))}
            logX={logX.value}
            logY={logY.value}
          />
        ))}
      </section>
      {panels.length === 0 && <p class="note">There are no measurements yet.</p>}
      <Json title="Recipe" value={answer.value.recipe} />
      <Json title="Summary" value={answer.value.summary} />
      <Json title="Provenance" value={answer.value.provenance} />
      <h2>Files</h2>
      <ul class="files">
        {answer.value.files.map(({ name, bytes }) => (
          <li key={name}>
            <code>{name}</code> <span class="unit">{bytes.toLocaleString('en-US')} bytes</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Toggle({ label, value }: { label: string; value: { value: boolean } }) {
  return (
    <label class="toggle">
      <input
        type="checkbox"
        checked={value.value}
        onChange={({ currentTarget }) => {
          value.value = currentTarget.checked;
        }}
      />
      {label}
    </label>
  );
}

function Json({ title, value }: { title: string; value: unknown }) {
  if (value === null) return null;
  return (
    <details>
      <summary>{title}</summary>
      <pre>{JSON.stringify(value, null, 2)}</pre>
    </details>
  );
}

/** Reads all rows, then those that are appended, until the signal. A server that is away is asked again. */
async function followRows(
  client: Client,
  id: string,
  signal: AbortSignal,
  tell: (rows: readonly MetricsRow[]) => void,
): Promise<void> {
  let rows: readonly MetricsRow[] = [];
  let from = 0;
  while (!signal.aborted) {
    let waits = true;
    try {
      const answer = await client.metrics(id, from, signal);
      if (answer.isCut) rows = [];
      if (answer.rows.length > 0) rows = [...rows, ...answer.rows];
      if (answer.isCut || answer.rows.length > 0) tell(rows);
      waits = answer.next === from;
      from = answer.next;
    } catch {
      if (signal.aborted) return;
    }
    if (waits) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
