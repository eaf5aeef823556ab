// The result of a search for constants, as a table and as JSON.

import type { Estimate, HeldOut, TuneResult, TuneRow } from '../arena/index.ts';
import { mean, plural } from '../core/index.ts';
import { formatTable } from './output.ts';

const score = (value: number) => value.toFixed(1);
const signed = (value: number) => `${value > 0 ? '+' : ''}${value.toFixed(1)}`;

/**
 * The table, best first, and a sentence on the first row. `chosen at` is the score over the positions that also chose the
 * candidate, which is too high for the best of many.
 */
export function describeTune(result: TuneResult): string {
  const { constants, finalists, original, random } = result;
  const hasOthers = original.validated !== null;
  const head = [
    '',
    ...constants.map(({ name }) => name),
    'chosen at',
    'held out',
    'gain',
    '95 %',
    ...(hasOthers ? ['others', 'gain', '95 %'] : []),
  ];
  const isOriginal = ({ values }: TuneRow) => `${values}` === `${original.values}`;
  const rows = finalists.map((row, i) => [
    String(i + 1),
    ...row.values.map(String),
    score(row.selection!.score),
    ...describeHeldOut(row.heldOut, isOriginal(row)),
    ...(row.validated ? describeHeldOut(row.validated, isOriginal(row)) : []),
  ]);
  const first = [
    'original',
    ...original.values.map(String),
    score(original.selection!.score),
    ...describeHeldOut(original.heldOut, true),
    ...(original.validated ? describeHeldOut(original.validated, true) : []),
  ];
  const blind = describeRandom(random);
  return [
    formatTable([head, ...rows, first, ...(blind ? [blind(constants.length, hasOthers)] : [])]),
    '',
    describeVerdict(result),
    describeEffort(result),
  ].join('\n');
}

function describeHeldOut({ score: own, gain }: HeldOut, isOriginal: boolean): string[] {
  if (isOriginal) return [score(own.mean), '–', '–'];
  return [score(own.mean), signed(gain.mean), describeInterval(gain)];
}

function describeInterval({ interval: [low, high] }: Estimate): string {
  return `${signed(low)} to ${signed(high)}`;
}

/** The mean of random candidates. */
function describeRandom(random: readonly TuneRow[]) {
  if (random.length === 0) return null;
  const average = (pick: (row: TuneRow) => number) => mean(random.map(pick));
  return (constants: number, hasOthers: boolean) => [
    `random (${random.length})`,
    ...Array.from({ length: constants }, () => '–'),
    '–',
    score(average(({ heldOut }) => heldOut.score.mean)),
    signed(average(({ heldOut }) => heldOut.gain.mean)),
    '–',
    ...(hasOthers
      ? [
          score(average(({ validated }) => validated!.score.mean)),
          signed(average(({ validated }) => validated!.gain.mean)),
          '–',
        ]
      : []),
  ];
}

function describeVerdict({ finalists, original }: TuneResult): string {
  const [best] = finalists;
  if (`${best!.values}` === `${original.values}`) return 'No better constants were found.';
  const describe = ({ mean: gain, interval }: Estimate, where: string) => {
    const span = `(95 % interval ${describeInterval({ mean: gain, interval })})`;
    if (interval[0] > 0)
      return `The first is better than the original ${where}: ${signed(gain)} ${span}.`;
    if (interval[1] < 0)
      return `The first is worse than the original ${where}: ${signed(gain)} ${span}.`;
    return `The first has not been shown to differ from the original ${where}: ${signed(gain)} ${span}.`;
  };
  return [
    describe(best!.heldOut.gain, 'on held-out positions'),
    ...(best!.validated ? [describe(best!.validated.gain, 'against the others')] : []),
  ].join('\n');
}

function describeEffort({ tried, unassembled, finalRounds, random }: TuneResult): string {
  const bad = unassembled === 0 ? '' : `, ${unassembled} more do not assemble`;
  const blind =
    random.length === 0 ? '' : `; random: mean of ${plural(random.length, 'candidate')}`;
  return `${plural(tried, 'candidate')} played${bad}; ${plural(finalRounds, 'final round')} per opponent${blind}`;
}

export function tuneToJson(result: TuneResult) {
  const { constants, finalists, original, random, ...counts } = result;
  const toRow = ({ values, ...row }: TuneRow) => ({
    values: Object.fromEntries(constants.map(({ name }, i) => [name, values[i]!])),
    ...row,
  });
  return {
    constants: constants.map(({ name, values, original: number }) => ({
      name,
      original: number,
      values,
    })),
    finalists: finalists.map(toRow),
    original: toRow(original),
    random: random.map(toRow),
    ...counts,
  };
}
