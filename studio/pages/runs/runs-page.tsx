// All runs, studies, races and data sets below the given folders.

import { useComputed, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { formatCompact, formatNumber } from '../../../src/chart/format.ts';
import type { FolderFacts, FolderState } from '../../../src/studio/protocol.ts';
import { formatAge } from '../../format-age.ts';
import type { PageProps } from '../../pages.ts';
import { StateBadge } from '../../parts/state-badge.tsx';
import { addressOf } from '../../routes.ts';
import { useDraft } from '../../use-draft.ts';
import { COLUMNS, type ColumnName, keepColumns, readColumns } from './choose-columns.ts';
import {
  directionOf,
  filterFolders,
  type Grouping,
  groupFolders,
  type Order,
  orderFolders,
} from './filter-folders.ts';
import { JobList } from './job-list.tsx';
import { Spark } from './spark.tsx';

const STATES: readonly FolderState[] = ['running', 'finished', 'stopped', 'killed', 'damaged'];
/** Rows that are made at once: thousands would take time that is felt. */
const PAGE_ROWS = 100;

const HEADS: readonly { readonly order: Order | null; readonly label: 'Run' | ColumnName }[] = [
  { order: 'place', label: 'Run' },
  { order: null, label: 'State' },
  { order: 'recipe', label: 'Recipe' },
  { order: 'seed', label: 'Seed' },
  { order: 'progress', label: 'Steps' },
  { order: 'loss', label: 'Held-out loss, nats' },
  { order: null, label: 'Curve' },
  { order: null, label: 'Tags' },
  { order: 'changed', label: 'Changed' },
];

const GROUPINGS: readonly Grouping[] = ['nothing', 'recipe', 'kind', 'state', 'tag', 'folder'];

export function RunsPage({ store, client }: PageProps) {
  const total = store.folders.value.size;
  const text = useSignal('');
  const state = useSignal<FolderState | 'all'>('all');
  const order = useSignal<Order>('changed');
  const limit = useSignal(PAGE_ROWS);
  const chosen = useSignal<readonly string[]>([]);
  const hasMembers = useSignal(false);
  const grouping = useSignal<Grouping>('nothing');
  const key = useSignal('');
  const values = useSignal<Readonly<Record<string, string>>>({});
  const keyDraft = useDraft(key.value, (text) => {
    values.value = {};
    key.value = text.trim();
  });
  useEffect(() => {
    if (grouping.value !== 'key' || key.value === '') return;
    const control = new AbortController();
    client.key(key.value, control.signal).then(
      (found) => {
        values.value = found;
      },
      () => {},
    );
    return () => control.abort();
  }, [grouping.value, key.value, total]);
  const columns = useSignal(readColumns(localStorage, innerWidth));
  const found = useComputed(() => {
    const all = [...store.folders.value.values()];
    // A study may have hundreds of runs, which would hide all others; who searches means them, too.
    const shown =
      hasMembers.value || text.value !== '' ? all : all.filter(({ parent }) => parent === null);
    return orderFolders(filterFolders(shown, text.value, state.value), order.value);
  });
  const heads = HEADS.filter(({ label }) => label === 'Run' || columns.value.includes(label));
  if (store.connection.value.kind === 'waiting') return <p class="waiting">Looking for runs…</p>;
  return (
    <>
      <div class="title-line">
        <h1>Runs</h1>
        {store.jobs.value !== null && (
          <a class="button primary" href={addressOf('new')}>
            Start a run
          </a>
        )}
      </div>
      {store.jobs.value !== null && <JobList jobs={store.jobs.value} client={client} />}
      {store.isCut.value && (
        <p class="note">
          There are more folders than the studio looks at: start it on fewer of them.
        </p>
      )}
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <label>
          Search
          <input
            type="search"
            value={text.value}
            onInput={({ currentTarget }) => {
              text.value = currentTarget.value;
              limit.value = PAGE_ROWS;
            }}
          />
        </label>
        <label>
          State
          <select
            value={state.value}
            onChange={({ currentTarget }) => {
              state.value = currentTarget.value as FolderState | 'all';
              limit.value = PAGE_ROWS;
            }}
          >
            <option value="all">all</option>
            {STATES.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
        <label>
          Group by
          <select
            value={grouping.value}
            onChange={({ currentTarget }) => {
              grouping.value = currentTarget.value as Grouping;
            }}
          >
            {GROUPINGS.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
            {client.isLive && <option value="key">key of recipes…</option>}
          </select>
        </label>
        {grouping.value === 'key' && (
          <label>
            Key
            <input type="text" placeholder="model.kind" spellcheck={false} {...keyDraft} />
          </label>
        )}
        <label class="toggle">
          <input
            type="checkbox"
            checked={hasMembers.value}
            onChange={({ currentTarget }) => {
              hasMembers.value = currentTarget.checked;
            }}
          />
          runs of studies
        </label>
        <details class="columns">
          <summary>Columns</summary>
          <fieldset>
            <legend class="unseen">Columns that are shown</legend>
            {COLUMNS.map((name) => (
              <label key={name} class="toggle">
                <input
                  type="checkbox"
                  checked={columns.value.includes(name)}
                  onChange={({ currentTarget: { checked } }) => {
                    columns.value = COLUMNS.filter((one) =>
                      one === name ? checked : columns.value.includes(one),
                    );
                    keepColumns(localStorage, columns.value);
                  }}
                />
                {name}
              </label>
            ))}
          </fieldset>
        </details>
        <span class="count" role="status">
          {found.value.length === total ? `${total} found` : `${found.value.length} of ${total}`}
        </span>
        {chosen.value.length > 0 && (
          <span class="chosen">
            {chosen.value.length > 1 ? (
              <a
                href={addressOf(
                  'compare',
                  '',
                  chosen.value.map((id) => ['run', id] as const),
                )}
              >
                Compare {chosen.value.length}
              </a>
            ) : (
              'Choose another one to compare'
            )}
            <button
              type="button"
              onClick={() => {
                chosen.value = [];
              }}
            >
              Clear
            </button>
          </span>
        )}
      </form>
      {total === 0 ? (
        <section class="empty">
          <p>
            No runs yet. <code>primordia quickstart</code> makes one in <code>runs</code>.
          </p>
        </section>
      ) : (
        <section class="runs-list" tabindex={0} aria-label="Runs">
          <table class="runs">
            <thead>
              <tr>
                <th scope="col">
                  <span class="unseen">Compare</span>
                </th>
                {heads.map((column) => (
                  <th
                    key={column.label}
                    scope="col"
                    aria-sort={column.order === order.value ? directionOf(column.order) : undefined}
                  >
                    {column.order === null ? (
                      column.label
                    ) : (
                      <button
                        type="button"
                        onClick={() => {
                          order.value = column.order!;
                        }}
                      >
                        {column.label}
                      </button>
                    )}
                  </th>
                ))}
              </tr>
            </thead>
            {groupFolders(found.value.slice(0, limit.value), grouping.value, values.value).map(
              ({ name, members }) => (
                <tbody key={name}>
                  {grouping.value !== 'nothing' && (
                    <tr class="group">
                      <th scope="rowgroup" colSpan={heads.length + 1}>
                        {name === '' ? '(top)' : name} <span class="kind">{members.length}</span>
                      </th>
                    </tr>
                  )}
                  {members.map((facts) => (
                    <RunRow
                      key={facts.id}
                      facts={facts}
                      now={store.now.value}
                      columns={columns.value}
                      isChosen={chosen.value.includes(facts.id)}
                      choose={
                        client.isLive
                          ? (isChosen) => {
                              const others = chosen.value.filter((id) => id !== facts.id);
                              chosen.value = isChosen ? [...others, facts.id] : others;
                            }
                          : null
                      }
                    />
                  ))}
                </tbody>
              ),
            )}
          </table>
        </section>
      )}
      {found.value.length > limit.value && (
        <button
          type="button"
          onClick={() => {
            limit.value += PAGE_ROWS;
          }}
        >
          Show more ({found.value.length - limit.value} left)
        </button>
      )}
    </>
  );
}

const KINDS = { training: '', redqueen: 'arms race', study: 'study', dataset: 'data set' } as const;

function RunRow({
  facts,
  now,
  columns,
  isChosen,
  choose,
}: {
  readonly facts: FolderFacts;
  readonly now: number;
  readonly columns: readonly ColumnName[];
  readonly isChosen: boolean;
  /** Null where nothing can be compared. */
  readonly choose: ((isChosen: boolean) => void) | null;
}) {
  const { step, steps, kind } = facts;
  const cells: Readonly<Record<ColumnName, ComponentChildren>> = {
    State: <StateBadge state={facts.state} />,
    Recipe: facts.recipe ?? '–',
    Seed: facts.seed ?? '–',
    Steps: `${step === null ? '–' : formatCompact(step)}${steps === null ? '' : ` / ${formatCompact(steps)}`}`,
    'Held-out loss, nats': formatNumber(facts.loss),
    Curve: <Spark values={facts.spark} label={`held-out loss of ${facts.place}`} />,
    Tags: facts.tags.map((tag) => (
      <span key={tag} class="kind">
        {tag}
      </span>
    )),
    Changed: formatAge(facts.changedMs, now),
  };
  return (
    <tr>
      <td>
        {kind !== 'dataset' && choose && (
          <input
            type="checkbox"
            aria-label={`Compare ${facts.place}`}
            checked={isChosen}
            onChange={({ currentTarget }) => choose(currentTarget.checked)}
          />
        )}
      </td>
      <th scope="row">
        <a href={addressOf('run', facts.id)}>{facts.place}</a>
        {KINDS[kind] && <span class="kind">{KINDS[kind]}</span>}
      </th>
      {columns.map((name) => (
        <td key={name} class={NUMBERS.includes(name) ? 'number' : undefined}>
          {cells[name]}
        </td>
      ))}
    </tr>
  );
}

const NUMBERS: readonly ColumnName[] = ['Seed', 'Steps', 'Held-out loss, nats', 'Changed'];
