// An arms race from within: archives as they filled, who comes from whom, programs beside their parents, champions in battle.

import { useSignal } from '@preact/signals';
import { formatCompact, formatNumber } from '../../../src/chart/format.ts';
import { plural } from '../../../src/core/plural.ts';
import { traceLine } from '../../../src/redqueen/ancestry.ts';
import type { RaceAnswer, RaceCandidate } from '../../../src/studio/protocol.ts';
import type { PageProps } from '../../pages.ts';
import { Failed } from '../../parts/failed.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { addressOf } from '../../routes.ts';
import { useAnswer } from '../../use-answer.ts';
import { battleAddress } from '../core-war/battle-address.ts';
import { ArchiveView } from './archive-map.tsx';
import { LineageTree } from './lineage-tree.tsx';
import { describeOriginOf, drawTree, listChildren, listRounds, mapArchive } from './read-race.ts';
import { SourceDiff } from './source-diff.tsx';
import './race.css';

export function RacePage({ store, client, path: id, query }: PageProps) {
  const live = store.folders.value.get(id);
  const asked = useAnswer((signal) => client.race(id, signal), id, live?.changedMs).value;
  if (asked.kind === 'failed') return <Failed heading="This race cannot be shown" {...asked} />;
  if (asked.kind === 'waiting') return <p class="waiting">Reading the race…</p>;
  const race = asked.value;
  const { summary } = race;
  return (
    <>
      <p class="back">
        <a href={addressOf('run', id)}>Its report</a>
      </p>
      <h1>{live?.place ?? summary.name}</h1>
      <p class="facts-line">
        {live && <StateBadge state={live.state} />} {plural(race.rounds.length, 'round')},{' '}
        {formatCompact(summary.evaluations)} {summary.evaluations === 1 ? 'warrior' : 'warriors'}{' '}
        evaluated in {formatCompact(summary.seconds)} s
        {summary.calls > 0 &&
          `; the language model answered ${formatCompact(summary.calls)} requests, ${formatCompact(summary.tokens)} tokens read and written`}
      </p>
      {race.rounds.length === 0 ? (
        <p class="note">No round has begun yet.</p>
      ) : (
        <Rounds race={race} id={id} query={query} />
      )}
    </>
  );
}

function Rounds({
  race,
  id,
  query,
}: {
  readonly race: RaceAnswer;
  readonly id: string;
  readonly query: URLSearchParams;
}) {
  const { rounds, layout } = race;
  const facts = listRounds(rounds);
  const round = clamp(Number(query.get('round') ?? rounds.length), 1, rounds.length);
  const candidates = rounds[round - 1]!;
  const asked = query.get('candidate');
  const chosen =
    asked === null
      ? (facts[round - 1]!.champion ?? null)
      : (candidates[clamp(Number(asked), 0, candidates.length - 1)] ?? null);
  const shown = useSignal<number | null>(null);
  const count = clamp(shown.value ?? candidates.length, 0, candidates.length);
  const most = Math.max(1e-9, ...facts.map(({ champion }) => champion?.evaluation?.fitness ?? 0));
  const go = (next: { readonly round: number; readonly candidate?: number }) => {
    if (next.round !== round) shown.value = null;
    location.replace(
      addressOf('race', id, {
        round: `${next.round}`,
        ...(next.candidate === undefined ? {} : { candidate: `${next.candidate}` }),
      }),
    );
  };
  const choose = (candidate: RaceCandidate) =>
    go({ round: candidate.round, candidate: candidate.index });
  return (
    <>
      <form class="filters" aria-label="What is shown" onSubmit={(event) => event.preventDefault()}>
        <label class="slider">
          Round {round} of {rounds.length}
          <input
            type="range"
            min={1}
            max={rounds.length}
            value={round}
            onInput={({ currentTarget }) => go({ round: currentTarget.valueAsNumber })}
          />
        </label>
        <label class="slider">
          After {count} of {candidates.length} candidates
          <input
            type="range"
            min={0}
            max={candidates.length}
            value={count}
            onInput={({ currentTarget }) => {
              shown.value = currentTarget.valueAsNumber;
            }}
          />
        </label>
      </form>
      <div class="race-grid">
        <section aria-labelledby="archive-heading">
          <h2 id="archive-heading">Archive</h2>
          <ArchiveView
            map={mapArchive(layout, candidates.slice(0, count))}
            most={most}
            chosen={chosen}
            choose={choose}
          />
        </section>
        <section aria-labelledby="tree-heading">
          <h2 id="tree-heading">Lineage</h2>
          <p class="note">
            Candidates in the order in which they were made, by fitness; large dots were kept. The
            heavy line leads to the chosen one.
          </p>
          <LineageTree
            nodes={drawTree(rounds, round, chosen)}
            count={candidates.length}
            chosen={chosen}
            choose={choose}
          />
        </section>
      </div>
      {chosen && <Candidate race={race} candidate={chosen} choose={choose} />}
      <h2>Champions</h2>
      <Champions race={race} choose={choose} />
    </>
  );
}

function clamp(value: number, least: number, most: number): number {
  return Number.isFinite(value) ? Math.max(least, Math.min(most, Math.round(value))) : most;
}

function Candidate({
  race,
  candidate,
  choose,
}: {
  readonly race: RaceAnswer;
  readonly candidate: RaceCandidate;
  readonly choose: (candidate: RaceCandidate) => void;
}) {
  const { round, index, name, evaluation, failure, source } = candidate;
  const line = traceLine(race.rounds, candidate);
  const parent = line[1] ?? null;
  const children = listChildren(race.rounds, candidate);
  const link = (one: RaceCandidate) => (
    <button
      key={`${one.round}-${one.index}`}
      type="button"
      class="link"
      onClick={() => choose(one)}
    >
      {one.round === round ? '' : `round ${one.round} `}#{one.index}
      {one.evaluation && ` (${formatNumber(one.evaluation.fitness, 2)})`}
    </button>
  );
  return (
    <section aria-labelledby="candidate-heading" aria-live="polite">
      <h2 id="candidate-heading">
        Candidate #{index} of round {round}: {name}
      </h2>
      <p>
        {describeOriginOf(candidate)};{' '}
        {evaluation
          ? `fitness ${formatNumber(evaluation.fitness)}, ${formatNumber(evaluation.spawned, 1)} processes, ${formatNumber(evaluation.coverage, 1)} addresses, ${plural(evaluation.length, 'instruction')}`
          : `not legal: ${failure}`}
        {candidate.kept ? '; it was kept' : evaluation ? '; it was not kept' : ''}.
      </p>
      <p class="line-of">
        <span>Line:</span> {line.toReversed().map(link)}
      </p>
      {children.length > 0 && (
        <p class="line-of">
          <span>{children.length} made from it:</span> {children.slice(0, 40).map(link)}
          {children.length > 40 && ` and ${children.length - 40} more`}
        </p>
      )}
      {source !== null && evaluation !== null && parent?.source && parent.evaluation && (
        <p>
          <button type="button" onClick={() => fight(race, [candidate, parent])}>
            Let it fight its parent
          </button>
        </p>
      )}
      {!race.hasSources ? (
        <p class="note">
          The sources of this race are too much to be sent; its folder has them in candidates.jsonl.
        </p>
      ) : source === null ? (
        <p class="note">No code came with it.</p>
      ) : parent?.source ? (
        <SourceDiff
          before={parent.source}
          after={source}
          titles={[
            `Parent, ${parent.round === round ? '' : `round ${parent.round} `}#${parent.index}`,
            `Candidate #${index}`,
          ]}
        />
      ) : (
        <pre class="source" tabindex={0}>
          {source}
        </pre>
      )}
    </section>
  );
}

/** Opens the page of Core War with warriors of this race. */
function fight({ settings }: RaceAnswer, warriors: readonly RaceCandidate[]): void {
  location.hash = battleAddress({
    settings,
    warriors: warriors.map(({ round, name, source }) => ({
      name: `${name} (round ${round})`,
      source: source!,
    })),
  });
}

function Champions({
  race,
  choose,
}: {
  readonly race: RaceAnswer;
  readonly choose: (candidate: RaceCandidate) => void;
}) {
  const fighters = useSignal<readonly number[]>([]);
  const champions = listRounds(race.rounds).map(({ champion }) => champion);
  const chosen = fighters.value.flatMap((round) => champions[round - 1] ?? []);
  return (
    <>
      {race.hasSources && (
        <p class="chosen">
          <button type="button" disabled={chosen.length < 2} onClick={() => fight(race, chosen)}>
            {chosen.length < 2 ? 'Choose two champions to let them fight' : 'Let them fight'}
          </button>
        </p>
      )}
      <section class="runs-list" tabindex={0} aria-label="Champions">
        <table class="runs">
          <thead>
            <tr>
              <th scope="col">
                <span class="unseen">Fight</span>
              </th>
              {['Round', 'Champion', 'Fitness', 'Generality', 'Niches held', 'Failures'].map(
                (label) => (
                  <th key={label} scope="col">
                    {label}
                  </th>
                ),
              )}
            </tr>
          </thead>
          <tbody>
            {listRounds(race.rounds).map(({ round, champion, elites, failures, candidates }) => {
              const generality = race.summary.rounds[round - 1]?.generality ?? null;
              return (
                <tr key={round}>
                  <td>
                    {champion?.source && (
                      <input
                        type="checkbox"
                        aria-label={`Champion of round ${round} fights`}
                        checked={fighters.value.includes(round)}
                        onChange={({ currentTarget: { checked } }) => {
                          const others = fighters.value.filter((one) => one !== round);
                          fighters.value = checked ? [...others, round] : others;
                        }}
                      />
                    )}
                  </td>
                  <th scope="row">{round}</th>
                  <td>
                    {champion ? (
                      <button type="button" class="link" onClick={() => choose(champion)}>
                        {champion.name}
                      </button>
                    ) : (
                      'none'
                    )}
                  </td>
                  <td class="number">{formatNumber(champion?.evaluation?.fitness ?? null)}</td>
                  <td class="number">
                    {generality === null
                      ? 'not measured'
                      : `${formatNumber(100 * generality, 1)} %`}
                  </td>
                  <td class="number">{elites}</td>
                  <td class="number">
                    {failures} of {candidates}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
    </>
  );
}
