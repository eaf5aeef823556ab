// A run: its curves as they grow, its recipe, where it comes from, its files.

import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { Client } from '../../client.ts';
import { formatAge } from '../../format-age.ts';
import type { PageProps } from '../../pages.ts';
import { Failed } from '../../parts/failed.tsx';
import { ReportView } from '../../parts/report-view.tsx';
import { SavePage } from '../../parts/save-page.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { addressOf } from '../../routes.ts';
import { useAnswer } from '../../use-answer.ts';
import { CurveChart } from './curve-chart.tsx';
import { NotesEditor } from './notes-editor.tsx';
import { type MetricsRow, readPanels, smoothCurve, X_LABELS, type XAxis } from './read-curves.ts';
import { RunActions } from './run-actions.tsx';
import { SystemLine } from './system-line.tsx';

const POLL_MS = 1000;
const WINDOWS = [1, 5, 21, 101] as const;

export function RunPage({ store, client, path: id }: PageProps) {
  const rows = useSignal<readonly MetricsRow[]>([]);
  const axis = useSignal<XAxis>('steps');
  const [logX, logY] = [useSignal(false), useSignal(false)];
  const window = useSignal<number>(1);
  const hidden = useSignal<readonly string[]>([]);
  const stages = useComputed(() => [...new Set(rows.value.map(({ stage }) => String(stage)))]);
  const live = store.folders.value.get(id);
  const run = useAnswer(
    (signal) => client.run(id, signal),
    id,
    `${live?.state} ${live?.stage}`,
  ).value;
  // Held-out losses come in between the steps, and with them what a report says.
  const stamp = live?.kind === 'training' ? `${live.loss} ${live.spark.length}` : live?.changedMs;
  const report = useAnswer(
    (signal) => client.report(id, signal),
    id,
    `${live?.state} ${stamp}`,
  ).value;

  useEffect(() => {
    const control = new AbortController();
    void followRows(client, id, control.signal, (next) => {
      rows.value = next;
    });
    return () => control.abort();
  }, [client, id, rows]);

  // Thousands of rows are gone through only where something of them has changed, not as the clock moves.
  const panels = useMemo(
    () =>
      readPanels(rows.value, axis.value, hidden.value).map((panel) => ({
        ...panel,
        curves: panel.curves.map((curve) => smoothCurve(curve, window.value)),
      })),
    [rows.value, axis.value, hidden.value, window.value],
  );
  if (run.kind === 'failed') return <Failed heading="This run cannot be shown" {...run} />;
  if (run.kind === 'waiting') return <p class="waiting">Reading the run…</p>;
  const facts = live ?? run.value.facts;
  const all = stages.value;
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
        {facts.tags.map((tag) => (
          <span key={tag} class="kind">
            {tag}
          </span>
        ))}
      </p>
      <nav class="links" aria-label="More of this run">
        {facts.parent !== null && <a href={addressOf('run', facts.parent)}>Its study</a>}
        {facts.kind === 'training' && isRecurrent(run.value.recipe) && (
          <a href={addressOf('memory', id)}>What its memory holds</a>
        )}
        {facts.kind === 'redqueen' && (
          <a href={addressOf('race', id)}>Archives, lineage and programs</a>
        )}
        {client.isLive && <SavePage client={client} ids={[id]} name={facts.place} />}
        {store.jobs.value !== null && <RunActions client={client} facts={facts} />}
      </nav>
      {client.isLive && facts.state === 'running' && (
        <SystemLine client={client} id={id} facts={facts} />
      )}
      {all.length > 0 && facts.kind !== 'redqueen' && (
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
          {all.length > 1 && (
            <fieldset class="arms">
              <legend>Stages</legend>
              {all.map((name) => (
                <label key={name} class="toggle">
                  <input
                    type="checkbox"
                    checked={!hidden.value.includes(name)}
                    onChange={({ currentTarget: { checked } }) => {
                      const others = hidden.value.filter((one) => one !== name);
                      hidden.value = checked ? others : [...others, name];
                    }}
                  />
                  {name}
                </label>
              ))}
            </fieldset>
          )}
        </form>
      )}
      <section class="curves" aria-label="Curves of the run">
        {panels.map(({ label, unit, curves }) => (
          <CurveChart
            key={label}
            label={label}
            unit={unit}
            xLabel={X_LABELS[axis.value]}
            curves={curves}
            logX={logX.value}
            logY={logY.value}
          />
        ))}
      </section>
      {panels.length === 0 && facts.kind === 'training' && (
        <p class="note">There are no measurements yet.</p>
      )}
      {report.kind === 'here' && <ReportView page={report.value} />}
      {report.kind === 'waiting' && <p class="waiting">Reading its report…</p>}
      {report.kind === 'failed' && facts.kind !== 'dataset' && (
        <p class="note">There is no report yet: {report.message}</p>
      )}
      {store.jobs.value !== null && facts.kind !== 'dataset' ? (
        <>
          <h2>Notes</h2>
          <NotesEditor client={client} id={id} notes={run.value.notes} />
        </>
      ) : (
        run.value.notes.note !== '' && (
          <>
            <h2>Notes</h2>
            <p class="noted">{run.value.notes.note}</p>
          </>
        )
      )}
      <h2>Records</h2>
      <Json title="Recipe" value={run.value.recipe} />
      <Json title="Summary" value={run.value.summary} />
      <Json title="Provenance" value={run.value.provenance} />
      <h2>Files</h2>
      <ul class="files">
        {run.value.files.map(({ name, bytes }) => (
          <li key={name}>
            <code>{name}</code> <span class="unit">{bytes.toLocaleString('en-US')} bytes</span>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Whether the model of a recipe is one of those that have a memory. */
function isRecurrent(recipe: unknown): boolean {
  return RECURRENT.has(String(Object(Object(recipe).model).kind));
}

const RECURRENT: ReadonlySet<string> = new Set([
  'gru',
  'lstm',
  'recurrent-mlp',
  'recurrent-transformer',
]);

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
    if (!client.isLive) return;
    if (waits) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
