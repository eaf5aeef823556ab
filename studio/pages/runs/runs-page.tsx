// All runs, studies, races and data sets below the given folders.

import { useComputed, useSignal } from '@preact/signals';
import { formatCompact, formatNumber } from '../../../src/chart/format.ts';
import type { FolderFacts, FolderState } from '../../../src/studio/protocol.ts';
import { formatAge } from '../../format-age.ts';
import type { PageProps } from '../../pages.ts';
import { StateBadge } from '../../parts/state-badge.tsx';
import { addressOf } from '../../routes.ts';
import { directionOf, filterFolders, type Order, orderFolders } from './filter-folders.ts';
import { Spark } from './spark.tsx';

const STATES: readonly FolderState[] = ['running', 'finished', 'stopped', 'killed', 'damaged'];
/** Rows that are made at once: thousands would take time that is felt. */
const PAGE_ROWS = 100;

const COLUMNS: readonly { readonly order: Order | null; readonly label: string }[] = [
  { order: 'place', label: 'Run' },
  { order: null, label: 'State' },
  { order: 'recipe', label: 'Recipe' },
  { order: 'seed', label: 'Seed' },
  { order: 'progress', label: 'Steps' },
  { order: 'loss', label: 'Held-out loss, nats' },
  { order: null, label: 'Curve' },
  { order: 'changed', label: 'Changed' },
];

export function RunsPage({ store }: PageProps) {
  const text = useSignal('');
  const state = useSignal<FolderState | 'all'>('all');
  const order = useSignal<Order>('changed');
  const limit = useSignal(PAGE_ROWS);
  const chosen = useSignal<readonly string[]>([]);
  const found = useComputed(() =>
    orderFolders(
      filterFolders([...store.folders.value.values()], text.value, state.value),
      order.value,
    ),
  );
  const total = store.folders.value.size;
  if (store.connection.value.kind === 'waiting') return <p class="waiting">Looking for runs…</p>;
  return (
    <>
      <h1>Runs</h1>
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
                {COLUMNS.map((column) => (
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
            <tbody>
              {found.value.slice(0, limit.value).map((facts) => (
                <RunRow
                  key={facts.id}
                  facts={facts}
                  now={store.now.value}
                  isChosen={chosen.value.includes(facts.id)}
                  choose={(isChosen) => {
                    const others = chosen.value.filter((id) => id !== facts.id);
                    chosen.value = isChosen ? [...others, facts.id] : others;
                  }}
                />
              ))}
            </tbody>
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
  isChosen,
  choose,
}: {
  readonly facts: FolderFacts;
  readonly now: number;
  readonly isChosen: boolean;
  readonly choose: (isChosen: boolean) => void;
}) {
  const { step, steps, kind } = facts;
  return (
    <tr>
      <td>
        {kind !== 'dataset' && (
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
      <td>
        <StateBadge state={facts.state} />
      </td>
      <td>{facts.recipe ?? '–'}</td>
      <td class="number">{facts.seed ?? '–'}</td>
      <td class="number">
        {step === null ? '–' : formatCompact(step)}
        {steps === null ? '' : ` / ${formatCompact(steps)}`}
      </td>
      <td class="number">{formatNumber(facts.loss)}</td>
      <td>
        <Spark values={facts.spark} label={`held-out loss of ${facts.place}`} />
      </td>
      <td class="number">{formatAge(facts.changedMs, now)}</td>
    </tr>
  );
}
