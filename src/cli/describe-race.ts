// An arms race in words: a round as it ends, and all of them as a table.

import { plural } from '../core/index.ts';
import {
  nameBesideRound,
  nameRounds,
  type RedQueenEvent,
  type RedQueenSummary,
} from '../redqueen/index.ts';
import { formatSeconds } from './format-seconds.ts';
import { formatTable } from './output.ts';

/** A round in one line, with further lines for warnings. */
export function describeRound(event: Extract<RedQueenEvent, { kind: 'round' }>): string[] {
  const { round, rounds, champion, fitness, coverage, qdScore, newWarriors } = event;
  const { candidates, failures, newChampion, endedEarly } = event;
  const name = champion === null ? 'none' : nameBesideRound(champion, round);
  const line =
    `round ${round}/${rounds} done: champion ${name}, fitness ${fitness?.toFixed(3) ?? '–'}, ` +
    `archive ${(100 * coverage).toFixed(0)} %, QD score ${qdScore.toFixed(2)}, ` +
    `${plural(newWarriors, 'new warrior')}`;
  return [
    line,
    ...(endedEarly
      ? [
          `  round ${round} ended after ${plural(candidates, 'candidate')}: its best is above fitnessThreshold`,
        ]
      : []),
    ...(newWarriors > 0
      ? []
      : [
          `WARNING: round ${round} ended without a new warrior: ${
            failures === 0 ? 'none was asked for' : describeIllegal(failures)
          }`,
        ]),
    ...(newWarriors > 0 && !newChampion
      ? ['  none of them is fitter than those that the round started with']
      : []),
    ...(champion === null ? ['  no candidate was legal: the previous champion remains'] : []),
  ];
}

function describeIllegal(failures: number): string {
  return failures === 1 ? 'its one new candidate was not legal' : `none of ${failures} was legal`;
}

/** The rounds of a run as a table. */
export function describeRace(summary: RedQueenSummary, report: string): string {
  const number = (value: number | null, digits: number) => value?.toFixed(digits) ?? '–';
  const percent = (value: number | null) =>
    value === null ? '–' : `${(100 * value).toFixed(1)} %`;
  const rows = summary.rounds.map((round) => [
    String(round.round),
    round.champion === null ? '–' : nameBesideRound(round.champion, round.round),
    number(round.fitness, 3),
    `${round.newWarriors}`,
    percent(round.coverage),
    number(round.qdScore, 2),
    percent(round.generality),
  ]);
  const { calls, unanswered, tokens, evaluations, seconds } = summary;
  const cutOff = unanswered > 0 ? ` (${unanswered} cut off, their tokens unknown)` : '';
  const model =
    calls > 0 ? `, ${plural(calls, 'request')}${cutOff}, ${plural(tokens, 'token')}` : '';
  const idle = summary.rounds.filter(({ newWarriors }) => newWarriors === 0);
  return [
    '',
    formatTable([
      ['round', 'champion', 'fitness', 'new', 'archive', 'QD score', 'generality'],
      ...rows,
    ]),
    ...(idle.length === 0
      ? []
      : [`WARNING: no new warrior in ${nameRounds(idle.map(({ round }) => round))}`]),
    '',
    `report   ${report}`,
    `time     ${formatSeconds(seconds)}, ${plural(evaluations, 'evaluation')}${model}`,
  ].join('\n');
}
