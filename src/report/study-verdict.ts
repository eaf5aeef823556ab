// What a study comes to, in words that do not claim more than its intervals show.

import { plural } from '../core/index.ts';
import { VERDICTS, type Verdict } from '../eval/index.ts';
import type { Difference, StudyArm, StudyCorpus, StudySummary } from '../run/index.ts';
import { formatNumber, formatSigned } from './format.ts';
import type { Block } from './types.ts';

/** A false alarm in a family of comparisons is taken at this chance. */
const LEVEL = 0.05;

/** Where an interval lies; `unknown` without one. */
type Side = 'below' | 'above' | 'holds zero' | 'unknown';

export function findSide(difference: Difference | null): Side {
  const interval = difference?.interval;
  if (!interval) return 'unknown';
  if (interval[1] < 0) return 'below';
  return interval[0] > 0 ? 'above' : 'holds zero';
}

/** Whether a difference is shown also when all comparisons of the study are taken together. */
export function standsAdjusted(difference: Difference | null): boolean {
  return difference !== null && difference.adjustedP !== null && difference.adjustedP < LEVEL;
}

/** `0.031`, `<0.001` */
export function formatP(p: number | null | undefined): string {
  return p !== null && p !== undefined && p < 0.001 ? '<0.001' : formatNumber(p);
}

export function formatInterval(interval: readonly [number, number] | null | undefined): string {
  return interval ? `${formatSigned(interval[0], 4)} to ${formatSigned(interval[1], 4)}` : '–';
}

/** Names of arms that are excluded on any corpus. */
export function listExcludedArms({ corpora }: StudySummary): string[] {
  const found = corpora.flatMap(({ arms }) => arms.filter(({ excluded }) => excluded));
  return [...new Set(found.map(({ name }) => name))];
}

/** The headline: what is missing, what is left out, what sources have learned, then a sentence a corpus. */
export function writeStudyHeadline(summary: StudySummary): string {
  const { finished, total } = summary.runs;
  const excluded = listExcludedArms(summary);
  const learned = describeLearned(summary);
  return [
    ...(finished < total ? [`Unfinished: ${finished} of ${total} runs are done.`] : []),
    ...(excluded.length > 0 ? [`Left out by requireGate: ${nameSome(excluded)}.`] : []),
    ...(learned === '' ? [] : [learned]),
    ...summary.corpora.map((corpus) => {
      const sentence = writeCorpusResult(corpus, summary.baseline);
      const isAlone = summary.corpora.length === 1;
      return `${isAlone ? capitalize(sentence) : `${corpus.name}: ${sentence}`}.`;
    }),
  ].join(' ');
}

/**
 * What the sources have learned that are no controls, by verdict: a transfer shows no more than that. Then those of which it
 * is not known.
 */
export function describeLearned({ sources }: StudySummary): string {
  const judged = sources.filter(({ gate }) => gate !== null && !gate.control);
  const names = (verdict: Verdict) => [
    ...new Set(judged.filter(({ gate }) => gate?.verdict === verdict).map(({ name }) => name)),
  ];
  const parts = [...VERDICTS].reverse().flatMap((verdict) => {
    const found = names(verdict);
    return found.length === 0 ? [] : [`${verdict} (${found.join(', ')})`];
  });
  const unjudged = new Set(sources.filter((source) => source.superseded).map(({ name }) => name));
  return [
    ...(parts.length === 0 ? [] : [`Sources have learned ${parts.join('; ')}.`]),
    ...(unjudged.size === 0
      ? []
      : [`Not judged, since their gates had fewer predictors: ${[...unjudged].join(', ')}.`]),
  ].join(' ');
}

function writeCorpusResult({ arms }: StudyCorpus, baseline: string): string {
  const groups = groupArms(arms, baseline);
  const different = [...groups.below, ...groups.above];
  const compared = different.length + groups['holds zero'].length;
  if (compared === 0) {
    return groups.unknown.some(({ difference }) => difference !== null)
      ? 'one seed an arm: no interval, so nothing is shown'
      : 'nothing to compare yet';
  }
  if (different.length === 0) {
    return compared === 1
      ? `a null result: ${groups['holds zero'][0]!.name} is not told apart from ${baseline}`
      : `a null result: none of ${compared} arms is told apart from ${baseline}`;
  }
  const standing = different.filter(({ difference }) => standsAdjusted(difference));
  return `${nameDifferent(groups, compared, baseline)} at 95\u00a0%, ${countStanding(standing.length, different.length)} adjusted for all comparisons`;
}

/** Names where there are few, else a number. */
function nameDifferent(groups: Groups, compared: number, baseline: string): string {
  const count = groups.below.length + groups.above.length;
  if (count > NAMED) return `${count} of ${compared} arms differ from ${baseline}`;
  const sides = (['below', 'above'] as const)
    .filter((side) => groups[side].length > 0)
    .map((side) => `${nameSome(groups[side].map(({ name }) => name))} ${side} ${baseline}`);
  const rest = compared - count === 0 ? '' : ` (of ${compared} arms)`;
  return `${sides.join(' and ')}${rest}`;
}

function countStanding(standing: number, all: number): string {
  if (standing === 0) return all === 1 ? 'but not' : 'but none of them';
  if (standing === all) return all === 1 ? 'also' : 'all of them also';
  return `${standing} of them also`;
}

type Groups = Record<Side, StudyArm[]>;

/** Arms other than the baseline that are not excluded, by where their interval lies. */
function groupArms(arms: readonly StudyArm[], baseline: string): Groups {
  const groups: Groups = { below: [], above: [], 'holds zero': [], unknown: [] };
  for (const arm of arms) {
    if (arm.name === baseline || arm.excluded) continue;
    groups[findSide(arm.difference)].push(arm);
  }
  return groups;
}

/** What a corpus shows, a line a kind of result. */
export function describeCorpusVerdict(corpus: StudyCorpus, baseline: string): Block {
  const groups = groupArms(corpus.arms, baseline);
  const line = (text: string, arms: readonly StudyArm[]) =>
    arms.length === 0 ? [] : [`${text}: ${arms.map(describeArm).join(', ')}.`];
  const split = (side: 'below' | 'above') => {
    const stands = ({ difference }: StudyArm) => standsAdjusted(difference);
    return [
      ...line(`Ends ${side} ${baseline}, also after adjustment`, groups[side].filter(stands)),
      ...line(
        `Ends ${side} ${baseline} by its own interval, not after adjustment (such false alarms are expected among many)`,
        groups[side].filter((arm) => !stands(arm)),
      ),
    ];
  };
  const excluded = corpus.arms.filter((arm) => arm.excluded).map(({ name }) => name);
  return {
    kind: 'banner',
    tone: 'note',
    heading: `${corpus.name}: ${writeCorpusResult(corpus, baseline)}`,
    items: [
      ...split('below'),
      ...split('above'),
      ...line(`Not told apart from ${baseline}: the interval holds zero`, groups['holds zero']),
      ...(groups.unknown.length === 0
        ? []
        : [`No interval yet: ${groups.unknown.map(({ name }) => name).join(', ')}.`]),
      ...(excluded.length === 0
        ? []
        : [`Left out of every mean and comparison by requireGate: ${excluded.join(', ')}.`]),
    ],
  };
}

function describeArm({ name, difference }: StudyArm): string {
  return `${name} ${formatSigned(difference?.mean, 4)}`;
}

/** How many comparisons there are, and how many would look like findings by chance. */
export function describeComparisons({ comparisons, seeds }: StudySummary): string {
  const scope =
    `${plural(seeds.length, 'seed')} at this size: another corpus, model size or budget may ` +
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
  if (names.length > NAMED) return `${names.length} arms`;
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
