// What a study comes to, in sentences that claim no more than its intervals show.

import { plural } from '../core/index.ts';
import { VERDICTS } from '../eval/index.ts';
import type { Difference, StudySummary } from '../study/index.ts';
import { LEVEL } from '../study/statistics.ts';
import { capitalize } from './format.ts';
import { joinNames } from './join-names.ts';
import {
  baselineName,
  findSide,
  groupCells,
  isSuperseded,
  type Side,
  type StudyGroup,
  type StudyReportData,
  type StudySource,
  standsAdjusted,
} from './study-data.ts';
import type { Block, Section } from './types.ts';

/** The headline: what is missing, treatments against controls, what is left out, what was learned, cells against the baseline. */
export function writeStudyHeadline({ summary, sources }: StudyReportData): string {
  const { finished, diverged, total } = summary.runs;
  const ended = finished + diverged;
  const excluded = listExcluded(summary);
  const learned = describeLearned(sources);
  const groups = groupCells(summary);
  return [
    ...(ended < total
      ? [`Unfinished: ${ended} of ${plural(total, 'run')} ${total === 1 ? 'is' : 'are'} done.`]
      : []),
    ...writeControls(summary),
    ...(excluded.length > 0 ? [`requireGate leaves out ${nameSome(excluded)}.`] : []),
    ...(learned === '' ? [] : [learned]),
    ...(groups.length <= NAMED
      ? groups.map((group) => `${writeGroupResult(group, summary)}.`)
      : [`${capitalize(writeResult(groups.flatMap(listCompared), summary))}.`]),
  ].join(' ');
}

/** What is left out, what sources have learned, and the study's verdicts. */
export function describeVerdict(data: StudyReportData): Section {
  const { summary, sources } = data;
  const { description } = summary;
  const excluded = listExcluded(summary);
  const learned = describeLearned(sources);
  const note = (heading: string, items?: readonly string[]): Block => ({
    kind: 'banner',
    tone: 'note',
    heading,
    items,
  });
  const diverged = summary.cells.flatMap(({ name, diverged: runs }) =>
    runs.map(({ seed, message }) => `${name} under seed ${seed}: ${message}`),
  );
  return {
    heading: 'What this study can show',
    ...(description === '' ? {} : { text: description }),
    blocks: [
      ...(excluded.length > 0
        ? ([
            {
              kind: 'banner',
              tone: 'bad',
              heading: `Left out by requireGate: ${excluded.join(', ')}`,
              items: [
                ...describeFailed(data),
                'These cells take no part in any mean, comparison or verdict.',
              ],
            },
          ] satisfies Block[])
        : []),
      ...(learned === ''
        ? []
        : [
            note(learned, [
              'A transfer shows no more than its source has learned: from statistics alone, neither a gain nor a null result says anything about dynamics.',
            ]),
          ]),
      ...describeFindings(summary),
      ...(diverged.length > 0
        ? [
            note(
              `${plural(diverged.length, 'run')} diverged, and ${diverged.length === 1 ? 'enters' : 'enter'} no mean`,
              diverged,
            ),
          ]
        : []),
      note(describeComparisons(summary)),
    ],
  };
}

type Compared = {
  readonly name: string;
  readonly difference: Difference | null;
  readonly excluded: boolean;
};

function listCompared({ cells }: StudyGroup): Compared[] {
  return cells.map(({ label, difference, excluded }) => ({ name: label, difference, excluded }));
}

/** Names of cells that are left out. */
function listExcluded({ cells }: StudySummary): string[] {
  return cells.filter(({ excluded }) => excluded).map(({ name }) => name);
}

/** What sources have learned that are no controls, by verdict: a transfer shows no more. Then those of which it is not known. */
function describeLearned(sources: readonly StudySource[]): string {
  const judged = sources.filter((source) => !source.gate.control && !isSuperseded(source));
  const names = (found: readonly StudySource[]) =>
    nameSome([...new Set(found.map(({ cells }) => nameCells(cells)))]);
  const parts = [...VERDICTS].reverse().flatMap((verdict) => {
    const found = judged.filter(({ gate }) => gate.verdict === verdict);
    return found.length === 0 ? [] : [`${verdict} (${names(found)})`];
  });
  const unjudged = sources.filter(isSuperseded);
  return [
    ...(parts.length === 0 ? [] : [`Sources have learned ${parts.join('; ')}.`]),
    ...(unjudged.length === 0
      ? []
      : [`Not judged, since their gates had fewer predictors: ${names(unjudged)}.`]),
  ].join(' ');
}

/** Cells that begin with a source, a few by name. */
export function nameCells(cells: readonly string[]): string {
  return cells.length > NAMED ? `${cells[0]} and ${cells.length - 1} more` : cells.join(', ');
}

/** The reasons of the gate, once for each left-out cell. */
function describeFailed({ summary, sources }: StudyReportData): string[] {
  return summary.cells.flatMap(({ name, excluded }) => {
    const own = sources.filter(({ cells, gate }) => cells.includes(name) && !gate.control);
    if (!excluded || own.length === 0) return [];
    const worst = own.reduce((a, b) =>
      VERDICTS.indexOf(b.gate.verdict) < VERDICTS.indexOf(a.gate.verdict) ? b : a,
    );
    const { seed, gate } = worst;
    const required = summary.requireGate ?? 'what its recipe requires';
    return [
      `${name} begins with a model that has learned less than ${required}. Under seed ${seed}, ${gate.verdict}: ${gate.reasons.join(' ')}`,
    ];
  });
}

type Groups<T extends Compared = Compared> = Record<Side, T[]>;

/** Those that are compared, by where their interval lies. */
function groupBySide<T extends Compared>(
  compared: readonly T[],
  { metric }: StudySummary,
): Groups<T> {
  const groups: Groups<T> = { better: [], worse: [], 'holds zero': [], unknown: [] };
  for (const one of compared) {
    if (one.excluded || one.difference === null) continue;
    groups[findSide(one.difference, metric.better)].push(one);
  }
  return groups;
}

/** The cells of a group against the baseline, in a sentence without its end. */
function writeGroupResult(group: StudyGroup, summary: StudySummary): string {
  const sentence = writeResult(listCompared(group), summary);
  return group.name === '' ? capitalize(sentence) : `For ${group.name}, ${sentence}`;
}

/** Cells against the baseline, in a sentence without its end. */
function writeResult(compared: readonly Compared[], summary: StudySummary): string {
  const baseline = baselineName(summary);
  const groups = groupBySide(compared, summary);
  const different = [...groups.better, ...groups.worse];
  const count = different.length + groups['holds zero'].length;
  if (count === 0) {
    return groups.unknown.length > 0
      ? 'one seed per cell gives no interval, so nothing is shown'
      : 'there is nothing to compare yet';
  }
  if (different.length === 0) {
    return count === 1
      ? `the result is null: ${groups['holds zero'][0]!.name} is not told apart from ${baseline}`
      : `the result is null: none of ${count} cells is told apart from ${baseline}`;
  }
  const standing = different.filter(({ difference }) => standsAdjusted(difference)).length;
  const sides = (['better', 'worse'] as const).flatMap((side) =>
    groups[side].length === 0 ? [] : [writeSide(groups[side], side, different.length, count)],
  );
  return `against ${baseline}, ${sides.join(' and ')} at 95\u00a0%, ${countStanding(standing, different.length)} adjusted for all comparisons`;
}

/** `keys and low do better`, or how many of so many cells do. */
function writeSide(
  found: readonly Compared[],
  side: 'better' | 'worse',
  different: number,
  count: number,
): string {
  const verb = found.length === 1 ? 'does' : 'do';
  const names =
    different > NAMED
      ? `${found.length} of ${count} cells`
      : nameSome(found.map(({ name }) => name)) + (count > different ? ` (of ${count} cells)` : '');
  return `${names} ${verb} ${side}`;
}

function countStanding(standing: number, all: number): string {
  if (standing === 0) return all === 1 ? 'but not' : 'but none of them';
  if (standing === all) return all === 1 ? 'also' : 'all of them also';
  return `${standing} of them also`;
}

/** Treatments against their controls, for the headline; first those that do no better. */
function writeControls(summary: StudySummary): string[] {
  const compared = summary.contrasts.map((contrast) => ({
    ...contrast,
    name: contrast.treatment,
    excluded: false,
  }));
  const groups: Groups<(typeof compared)[number]> = groupBySide(compared, summary);
  const { 'holds zero': equal, better, worse } = groups;
  const count = equal.length + better.length + worse.length;
  if (count === 0) return [];
  if (count > NAMED) return [countControls(groups, count)];
  return [
    ...[...new Set(equal.map(({ treatment }) => treatment))].map((treatment) =>
      writeEqual(
        treatment,
        equal.filter((one) => one.treatment === treatment).map(({ control }) => control),
      ),
    ),
    ...(['worse', 'better'] as const).flatMap((side) =>
      groups[side].map(
        ({ treatment, control, difference }) =>
          `Against the control ${control}, ${treatment} does ${side} at 95\u00a0%, ${
            standsAdjusted(difference) ? 'also' : 'but not'
          } adjusted for all comparisons.`,
      ),
    ),
  ];
}

/** Controls that do as well as a treatment. */
function writeEqual(treatment: string, controls: readonly string[]): string {
  const names = joinNames(controls);
  return controls.length === 1
    ? `The control ${names} does as well as ${treatment}: at 95\u00a0% they are not told apart.`
    : `The controls ${names} do as well as ${treatment}: at 95\u00a0% none is told apart from it.`;
}

function countControls({ 'holds zero': equal, better, worse }: Groups, count: number): string {
  const standing = [...better, ...worse].filter(({ difference }) => standsAdjusted(difference));
  const parts = [
    ...(equal.length > 0
      ? [
          `in ${equal.length} the control does as well as its treatment, not told apart at 95\u00a0%`,
        ]
      : []),
    ...(worse.length > 0 ? [`in ${worse.length} the treatment does worse`] : []),
    ...(better.length > 0 ? [`in ${better.length} the treatment does better`] : []),
  ];
  const adjusted =
    better.length + worse.length === 0
      ? ''
      : `; ${standing.length} of these differences ${standing.length === 1 ? 'stands' : 'stand'} adjusted for all comparisons`;
  return `Of ${count} comparisons of a treatment with its control, ${joinNames(parts)}${adjusted}.`;
}

/** What the study comes to, in the sentences that the terminal has too. */
function describeFindings(summary: StudySummary): Block[] {
  const { verdicts, contrasts, metric } = summary;
  if (verdicts.length === 0) return [];
  const sides = contrasts.flatMap(({ difference }) =>
    standsAdjusted(difference) ? [findSide(difference, metric.better)] : [],
  );
  const tone =
    sides.length === 0 || new Set(sides).size > 1 ? 'note' : sides[0] === 'better' ? 'good' : 'bad';
  const heading =
    contrasts.length > 0
      ? `Treatments against ${baselineName(summary)} and their controls`
      : `Cells against ${baselineName(summary)}`;
  return [{ kind: 'banner', tone, heading, items: verdicts }];
}

/** How many comparisons there are, and how many would look like findings by chance. */
export function describeComparisons({
  comparisons,
  seeds,
}: Pick<StudySummary, 'comparisons' | 'seeds'>): string {
  const scope =
    `${plural(seeds.length, 'seed')} at this size: other data, another model size or budget may ` +
    'tell otherwise.';
  if (comparisons === 0) return `Nothing is compared with an interval yet. ${scope}`;
  if (comparisons === 1) {
    return `One comparison at 95\u00a0%: where nothing differs, one such study in 20 shows a difference. ${scope}`;
  }
  const expected = comparisons / 20;
  const amount = Number.isInteger(expected)
    ? `${expected}`
    : expected.toFixed(expected < 1 ? 2 : 1);
  return (
    `${comparisons} comparisons at 95\u00a0%: if nothing differed at all, about ${amount} of their intervals would be ` +
    'expected to exclude zero by chance. The adjusted p values (paired t-test, Holm) are for all of them together: ' +
    `below ${LEVEL} a difference stands with that counted. ${scope}`
  );
}

const NAMED = 3;

/** A few names, or how many there are. */
function nameSome(names: readonly string[]): string {
  return names.length > NAMED ? `${names.length} cells` : joinNames(names);
}
