// The page of a hill: its table, who beats whom, each warrior, cycles, and what repeats it.

import path from 'node:path';
import { findCycles, type Hill, readHill } from '../arena/index.ts';
import { formatNumber, truncateText } from '../chart/format.ts';
import { escapeControlCharacters, plural, UserError } from '../core/index.ts';
import { writeFileAtomic } from '../files/atomic.ts';
import { describeCommandLine } from './command-line.ts';
import { type HillData, readHillData, scoreMargin } from './hill-data.ts';
import { describeMatrix, LARGEST_MATRIX } from './hill-matrix-section.ts';
import { HILL_SCRIPT } from './hill-script.ts';
import { HILL_STYLE } from './hill-style.ts';
import { describeRanking, describeWarriors } from './hill-warriors-section.ts';
import { renderReport } from './html.ts';
import type { Section } from './types.ts';

/**
 * Writes the page of a hill's file.
 *
 * @param out where to; by default beside the hill, with the ending `.html`
 * @returns the page's path
 * @throws UserError where there is no hill, or it is damaged
 */
export function writeHillReport(
  file: string,
  out = `${file.replace(/\.json$/i, '')}.html`,
): string {
  const hill = readHill(file);
  if (!hill) throw new UserError(`there is no hill ${file}`);
  if (path.resolve(out) === path.resolve(file)) {
    throw new UserError(`${out} is the hill itself`, { hint: 'name another file for the page' });
  }
  writeFileAtomic(out, buildHillReport(hill, path.basename(file)));
  return out;
}

/** @param file the name of the hill's file, for the command that repeats it */
export function buildHillReport(hill: Hill, file: string): string {
  const data = readHillData(hill, file);
  const { rules, warriors } = hill;
  return renderReport({
    title: `Core War hill: ${truncateText(escapeControlCharacters(file), 80)}`,
    subtitle: describeLeader(data),
    facts: [
      ['Warriors', formatNumber(warriors.length, 0)],
      ['Rounds per pair', formatNumber(rules.rounds, 0)],
      [
        'Pairs played',
        data.played === data.pairs
          ? `all ${formatCount(data.pairs)}`
          : `${formatCount(data.played)} of ${formatCount(data.pairs)}`,
      ],
      ['Setting', rules.setting],
      ['Core size', String(rules.settings.coreSize)],
      ['Seed', String(rules.seed)],
    ],
    sections: [
      describeRanking(data),
      ...describeMatrix(data),
      ...describeWarriors(data),
      ...describeCycles(data),
      describeRules(data),
    ],
    footer:
      'Written by Primordia. Every figure follows from the warriors, the settings, the rounds and the seed.',
    style: HILL_STYLE,
    script: HILL_SCRIPT,
  });
}

function describeLeader(data: HillData): string {
  const [first, second] = data.rows;
  if (!first) return 'No warrior is on this hill.';
  const name = (row: typeof first) =>
    truncateText(escapeControlCharacters(row.entry.warrior.name), 80);
  const rounds = data.tallies[0]!.filter((tally) => tally !== null).length * data.hill.rules.rounds;
  const margin = formatNumber(scoreMargin(first, rounds), 1);
  const lead = second
    ? `, ${formatNumber(first.score - second.score, 1)} ahead of ${name(second)}`
    : '';
  const open = data.played < data.pairs ? ' so far' : '';
  return `${name(first)} leads${open} with a score of ${formatNumber(first.score, 1)} ± ${margin}${lead}.`;
}

function formatCount(value: number): string {
  return value.toLocaleString('en-US');
}

/** Cycles that are shown, at most. */
const CYCLES_SHOWN = 8;

function describeCycles({ rows, margins }: HillData): Section[] {
  const count = rows.length;
  if (count < 3 || count > LARGEST_MATRIX) return [];
  const cycles = findCycles(margins, count, CYCLES_SHOWN);
  const triples = (count * (count - 1) * (count - 2)) / 6;
  const share = formatNumber((100 * cycles.count) / triples, 1);
  const name = (place: number) =>
    `${place + 1}.\u00a0${truncateText(escapeControlCharacters(rows[place]!.entry.warrior.name), 60)}`;
  return [
    {
      heading: 'Cycles',
      text: `${plural(cycles.count, 'triple')} of ${triples.toLocaleString('en-US')} (${share} %) in which each warrior won more rounds against the next than it lost. Chance makes some of them where few rounds were played.`,
      blocks:
        cycles.count === 0
          ? []
          : [
              {
                kind: 'table',
                columns: [
                  ...['beats the second', 'beats the third', 'beats the first'].map((label) => ({
                    label,
                  })),
                  { label: 'smallest margin, %', digits: 0 },
                ],
                rows: cycles.clearest.map(({ members, margin }) => [
                  ...members.map(name),
                  100 * margin,
                ]),
                caption: 'The clearest ones. The margin is wins minus losses.',
              },
            ],
    },
  ];
}

function describeRules({ hill, file }: HillData): Section {
  const { setting, settings, rounds, seed } = hill.rules;
  const command = describeCommandLine([
    'primordia',
    'hill',
    'FOLDER',
    '--setting',
    setting,
    '--rounds',
    String(rounds),
    '--seed',
    String(seed),
    '--out',
    escapeControlCharacters(file),
  ]);
  const hasAges = hill.warriors.some(({ age }) => age !== 1);
  const names = Object.entries(settings).map(([name, value]) => [NAMES[name] ?? name, value]);
  return {
    heading: 'Settings',
    text: `What it takes to repeat the hill; FOLDER has the sources of these warriors.${hasAges ? ' Ages come from challenges (--add), which the command does not repeat.' : ''}`,
    blocks: [
      { kind: 'table', columns: [{ label: 'Command', code: true }], rows: [[command]] },
      { kind: 'table', columns: [{ label: 'Setting' }, { label: 'Value' }], rows: names },
    ],
  };
}

const NAMES: Readonly<Record<string, string>> = {
  coreSize: 'core size',
  maxCycles: 'cycles until a tie',
  maxProcesses: 'processes per warrior',
  maxLength: 'instructions per warrior',
  minSeparation: 'least distance between warriors',
  pspaceSize: 'cells of P-space',
  readLimit: 'read distance',
  writeLimit: 'write distance',
};
