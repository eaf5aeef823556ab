// A hill: who fights, the table, who beats whom, and the rounds of a pair.

import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import {
  type Hill,
  type HillWarrior,
  type PairResult,
  pairKey,
  rankHill,
} from '../../../src/arena/hill.ts';
import { formatNumber } from '../../../src/chart/format.ts';
import { plural } from '../../../src/core/index.ts';
import { namedSettings, SETTING_NAMES, type SettingName } from '../../../src/corewar/index.ts';
import {
  HillLegend,
  HillMatrix,
  type MatrixCell,
} from '../../../src/report/components/hill-matrix.tsx';
import { Scroller } from '../../../src/report/components/scroller.tsx';
import { battleAddress } from './battle-address.ts';
import { FileButton } from './file-button.tsx';
import type { HillMessage } from './hill-worker.ts';
import { NumberField } from './number-field.tsx';
import {
  type HillChoice,
  listRounds,
  MAX_HILL,
  MAX_ROUNDS,
  openHill,
  type PairRound,
} from './play-hill.ts';
import { SAMPLES } from './samples.ts';

export type HillViewProps = {
  readonly choice: Signal<HillChoice>;
  readonly addFiles: (files: FileList) => void;
  readonly addSource: (name: string, source: string) => void;
};

type Progress =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly done: number }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly message: string };

/** What was played, and for which choice. */
type HillState = {
  readonly choice: HillChoice;
  readonly hill: Hill;
  readonly progress: Progress;
};

const IDLE: Progress = { kind: 'idle' };

/** Fewer settings than a battle has: a hill has one of the usual ones, as the command does. */
export function HillView({ choice, addFiles, addSource }: HillViewProps) {
  const current = choice.value;
  const opened = useMemo(() => openHill(current), [current]);
  const state = useSignal<HillState | null>(null);
  const chosen = useSignal<readonly [string, string] | null>(null);
  const worker = useRef<Worker | null>(null);
  const stop = () => {
    worker.current?.terminate();
    worker.current = null;
  };
  useEffect(() => stop, []);
  useEffect(() => {
    // What is played for another choice goes on for nothing.
    if (state.value !== null && state.value.choice !== current) stop();
  }, [current]);

  const start = () => {
    stop();
    chosen.value = null;
    // A field that has just been left may have changed it since this was drawn.
    const playing = choice.value;
    const { hill } = openHill(playing);
    const results = new Map<string, PairResult>();
    const tell = (progress: Progress) => {
      state.value = { choice: playing, hill: { ...hill, results: new Map(results) }, progress };
    };
    tell({ kind: 'running', done: 0 });
    const made = new Worker(new URL('./hill-worker.ts', import.meta.url), { type: 'module' });
    worker.current = made;
    made.onmessage = ({ data }: MessageEvent<HillMessage>) => {
      if (data.kind === 'pairs') {
        for (const [key, result] of data.pairs) results.set(key, result);
        tell({ kind: 'running', done: results.size });
        return;
      }
      stop();
      tell(data);
    };
    made.onerror = (event) => {
      stop();
      tell({ kind: 'failed', message: event.message || 'the worker did not start' });
    };
    made.postMessage(hill);
  };
  const shown = state.value?.choice === current ? state.value : null;
  const progress = shown?.progress ?? IDLE;
  const set = (change: Partial<HillChoice>) => {
    choice.value = { ...current, ...change };
  };
  const count = opened.hill.warriors.length;
  const isRunning = progress.kind === 'running';
  return (
    <section class="cw-hill" aria-label="Hill">
      <p class="note">
        Every warrior fights every other one, in rounds at places drawn from the seed. The figures
        are those of <code>primordia hill</code> with the same setting, rounds and seed.
      </p>
      <form
        class="filters"
        aria-label="Hill"
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
      >
        <label>
          Setting
          <select
            value={current.setting}
            onChange={({ currentTarget }) => {
              const setting = currentTarget.value as SettingName;
              set({ setting, settings: namedSettings(setting) });
            }}
          >
            {SETTING_NAMES.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <NumberField
          label="Rounds per pair"
          value={current.rounds}
          min={1}
          max={MAX_ROUNDS}
          set={(rounds) => set({ rounds })}
        />
        <NumberField
          label="Seed"
          value={current.seed}
          min={0}
          max={2 ** 31}
          set={(seed) => set({ seed })}
        />
        {isRunning ? (
          <button
            type="button"
            onClick={() => {
              stop();
              if (shown !== null) state.value = { ...shown, progress: IDLE };
            }}
          >
            Stop
          </button>
        ) : (
          <button type="submit" class="cw-play" disabled={count < 2}>
            Play all pairs
          </button>
        )}
        <span class="count" role="status">
          {describeProgress(progress, count)}
        </span>
      </form>
      <details class="cw-members" open={shown === null}>
        <summary>
          {plural(current.entries.length, 'warrior')}:{' '}
          {current.entries.map(({ name }) => name).join(', ')}
        </summary>
        <ul>
          {current.entries.map(({ id, name }) => (
            <li key={id}>
              {name}{' '}
              <button
                type="button"
                class="cw-link"
                aria-label={`Remove ${name} from the hill`}
                onClick={() => set({ entries: current.entries.filter((one) => one.id !== id) })}
              >
                remove
              </button>
            </li>
          ))}
        </ul>
        <div class="cw-row">
          <select
            aria-label="Add a sample to the hill"
            value=""
            onChange={({ currentTarget }) => {
              const sample = SAMPLES.find(({ name }) => name === currentTarget.value);
              currentTarget.value = '';
              if (sample) addSource(sample.name, sample.source);
            }}
          >
            <option value="">Add a sample…</option>
            {SAMPLES.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
          <FileButton label="Add files…" take={addFiles} />
          <span class="note">or drop .red files here, {MAX_HILL} at most</span>
        </div>
      </details>
      {opened.faults.map((fault) => (
        <p key={fault} class="cw-fault">
          {fault}
        </p>
      ))}
      {count < 2 && <p class="note">A hill needs two warriors at least.</p>}
      {shown === null ? (
        count >= 2 && <p class="note cw-empty">Nothing was played yet.</p>
      ) : (
        <Played hill={shown.hill} chosen={chosen} sources={sourcesOf(opened, current)} />
      )}
    </section>
  );
}

function describeProgress(progress: Progress, count: number): string {
  const pairs = (count * (count - 1)) / 2;
  switch (progress.kind) {
    case 'idle':
      return plural(pairs, 'pair');
    case 'running':
      return `${progress.done} of ${plural(pairs, 'pair')}`;
    case 'done':
      return `${plural(pairs, 'pair')} played`;
    case 'failed':
      return `The hill could not be played: ${progress.message}`;
  }
}

type Sources = ReadonlyMap<string, { readonly name: string; readonly source: string }>;

function sourcesOf({ hill, places }: ReturnType<typeof openHill>, choice: HillChoice): Sources {
  return new Map(hill.warriors.map(({ id }, i) => [id, choice.entries[places[i]!]!]));
}

function Played({
  hill,
  chosen,
  sources,
}: {
  readonly hill: Hill;
  readonly chosen: Signal<readonly [string, string] | null>;
  readonly sources: Sources;
}) {
  const rows = rankHill(hill);
  const ranked = rows.map(({ entry }) => entry);
  const names = ranked.map(({ warrior }) => warrior.name);
  const cells = ranked.map((row) => ranked.map((column) => cellOf(row, column, hill)));
  const pair = chosen.value?.map((id) => ranked.find((one) => one.id === id)) ?? [];
  const [row, column] = pair;
  return (
    <>
      <h2>Ranking</h2>
      <Scroller name="Ranking">
        <table class="cw-ranking">
          <thead>
            <tr>
              <th scope="col" class="number">
                #
              </th>
              <th scope="col">Warrior</th>
              <th scope="col">Author</th>
              <th scope="col" class="number">
                Score
              </th>
              <th scope="col" class="number">
                %W
              </th>
              <th scope="col" class="number">
                %L
              </th>
              <th scope="col" class="number">
                %T
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ rank, entry, score, wins, losses, ties }) => (
              <tr key={entry.id}>
                <td class="number">{rank}</td>
                <th scope="row">{entry.warrior.name}</th>
                <td>{entry.warrior.author}</td>
                <td class="number">{formatNumber(score, 1)}</td>
                <td class="number">{formatNumber(wins, 1)}</td>
                <td class="number">{formatNumber(losses, 1)}</td>
                <td class="number">{formatNumber(ties, 1)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
      <p class="note">Score: 3 × %W + %T. A cell of the matrix shows the rounds of its pair.</p>
      <h2>Who beats whom</h2>
      <HillLegend />
      <HillMatrix
        names={names}
        rows={cells}
        onPick={(i, j) => {
          chosen.value = [ranked[i]!.id, ranked[j]!.id];
        }}
      />
      {row && column && <PairRounds row={row} column={column} hill={hill} sources={sources} />}
    </>
  );
}

function resultOf(row: HillWarrior, column: HillWarrior, hill: Hill) {
  const result = hill.results.get(pairKey(row.id, column.id));
  if (!result) return null;
  const [lower, higher, ties] = result;
  const [wins, losses] = row.id < column.id ? [lower, higher] : [higher, lower];
  return { wins, losses, ties };
}

function cellOf(row: HillWarrior, column: HillWarrior, hill: Hill): MatrixCell {
  const result = row === column ? null : resultOf(row, column, hill);
  if (result === null) return null;
  const { wins, losses, ties } = result;
  const { rounds } = hill.rules;
  return {
    wins: Math.round((100 * wins) / rounds),
    margin: (wins - losses) / rounds,
    hint: `${row.warrior.name} against ${column.warrior.name}: ${plural(wins, 'win')}, ${plural(losses, 'loss', 'losses')}, ${plural(ties, 'tie')}`,
  };
}

/** Every round of a pair as a link to its battle. */
function PairRounds({
  row,
  column,
  hill,
  sources,
}: {
  readonly row: HillWarrior;
  readonly column: HillWarrior;
  readonly hill: Hill;
  readonly sources: Sources;
}) {
  const pair = row.id < column.id ? ([row, column] as const) : ([column, row] as const);
  const rounds = useMemo(() => listRounds(pair, hill), [pair[0].id, pair[1].id, hill.rules]);
  const result = resultOf(row, column, hill);
  const { setting, settings } = hill.rules;
  const name = SETTING_NAMES.find((one) => one === setting);
  return (
    <section class="cw-card cw-pair" aria-labelledby="cw-pair">
      <h2 id="cw-pair">
        {row.warrior.name} against {column.warrior.name}
      </h2>
      <p role="status">
        {result &&
          `${plural(result.wins, 'win')}, ${plural(result.losses, 'loss', 'losses')}, ${plural(result.ties, 'tie')} of ${row.warrior.name}. `}
        Choose a round to watch it.
      </p>
      <ul class="cw-rounds">
        {rounds.map(({ setup, winner }, i) => {
          const outcome = outcomeFor(winner, row.id < column.id);
          return (
            <li key={i}>
              <a
                class={`cw-round ${outcome}`}
                href={battleAddress({
                  warriors: pair.map(({ id }) => sources.get(id)!),
                  settings: name ?? settings,
                  positions: setup.positions,
                  first: setup.first,
                })}
                aria-label={`Watch round ${i + 1}, a ${outcome} of ${row.warrior.name}`}
                title={`Round ${i + 1}: a ${outcome}`}
              >
                {outcome[0]!.toUpperCase()}
              </a>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function outcomeFor(winner: PairRound['winner'], isLower: boolean): 'win' | 'loss' | 'tie' {
  if (winner === 'tie') return 'tie';
  return (winner === 'lower') === isLower && winner !== 'nobody' ? 'win' : 'loss';
}
