// Sections of an arms race's report: its champions against held-out warriors, and against one another.

import { formatNumber } from '../chart/format.ts';
import type { GridCell, Point } from '../chart/index.ts';
import { plural } from '../core/index.ts';
import { compareRuns, type Outcome } from '../redqueen/index.ts';
import type { RedQueenReportData } from './red-queen-data.ts';
import type { Section } from './types.ts';

export function describeGenerality({ generality }: RedQueenReportData): Section[] {
  if (!generality) return [];
  const { champions, opponents, rounds } = generality;
  const share = (read: (champion: (typeof champions)[number]) => number): Point[] =>
    champions.map((champion) => [champion.round, 100 * read(champion)]);
  const { fit } = compareRuns([{ group: '', record: generality }]).groups[0]!;
  return [
    {
      heading: 'Generality',
      text: `Every champion in duels with ${plural(opponents.length, 'warrior')} that evolution never saw, ${plural(rounds, 'round')} each. It defeats those that it outlasts on average, and ties those that it equals.`,
      blocks: [
        {
          kind: 'figure',
          wide: true,
          chart: {
            kind: 'line',
            title: 'Held-out warriors defeated',
            xLabel: 'round',
            yLabel: '% of opponents',
            wholeX: true,
            yLimits: [0, 100],
            series: [
              { name: 'defeated or tied', points: share((champion) => champion.generality) },
              { name: 'defeated', points: share((champion) => champion.defeated) },
              ...(fit
                ? [
                    {
                      name: 'a + b ln(round)',
                      points: share(({ round }) =>
                        Math.min(1, Math.max(0, fit.intercept + fit.slope * Math.log(round))),
                      ),
                      colorOf: 'defeated or tied',
                      dash: 'dashed' as const,
                    },
                  ]
                : []),
            ],
            height: 320,
          },
          ...(fit
            ? {
                caption: `The fit of generality is ${formatNumber(100 * fit.intercept, 1)} + ${formatNumber(100 * fit.slope, 1)} ln(round), R² ${formatNumber(fit.r2, 2)}.`,
              }
            : {}),
        },
      ],
    },
  ];
}

const OUTCOME_COLORS: Readonly<Record<Outcome, [string, string]>> = {
  defeated: ['var(--good, #0f6b4f)', 'W'],
  lost: ['var(--bad, #b3261e)', 'L'],
  tied: ['var(--ink-soft, #59626f)', 'T'],
};

export function describeTournament({ generality }: RedQueenReportData): Section[] {
  if (!generality || generality.champions.length < 2) return [];
  const { champions, tournament, cycles } = generality;
  const labels = champions.map(({ round }) => `${round}`);
  const rows = tournament.map((row, i) =>
    row.map((outcome, j): GridCell | null => {
      if (outcome === null) return null;
      const [color, text] = OUTCOME_COLORS[outcome];
      const hint = `round ${labels[i]} against round ${labels[j]}: ${outcome}`;
      return { color, strength: outcome === 'tied' ? 0.25 : 0.5, text, hint };
    }),
  );
  const n = champions.length;
  const triples = (n * (n - 1) * (n - 2)) / 6;
  return [
    {
      heading: 'Champion against champion',
      text: 'What the champion of the row’s round does to that of the column’s: W wins, L loses, T ties.',
      blocks: [
        {
          kind: 'figure',
          chart: {
            kind: 'cells',
            title: 'Duels of champions',
            xLabel: 'round',
            rows,
            rowLabels: labels,
            columnLabels: labels,
          },
          caption: `Cycles: ${cycles} of ${plural(triples, 'triple')}, in which a defeats b, b defeats c and c defeats a.`,
        },
      ],
    },
  ];
}
