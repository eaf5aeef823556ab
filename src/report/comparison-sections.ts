// What pages that compare runs of any kind have in common: what differs between recipes, and what repeats the runs.

import { compareRecipes } from './flatten-recipe.ts';
import type { Provenance } from './provenance-section.ts';
import type { Cell, Section } from './types.ts';

/** A run of a comparison. */
export type ComparedRun = Pick<Provenance, 'recipe' | 'provenance' | 'command' | 'missing'> & {
  /** What the page calls it. */
  readonly label: string;
};

/** The settings in which recipes differ. */
export function describeDifferences(runs: readonly ComparedRun[]): Section {
  const differences = compareRecipes(runs.map(({ recipe }) => recipe));
  return {
    heading: 'What differs between their recipes',
    text:
      differences.length === 0
        ? 'Nothing: the recipes are equal in all that decides the result.'
        : 'Settings as the resolved recipes have them; a dash where a recipe has no such setting. All others are equal.',
    blocks:
      differences.length === 0
        ? []
        : [
            {
              kind: 'table',
              columns: [
                { label: 'Setting' },
                ...runs.map(({ label }) => ({ label, numeric: false })),
              ],
              rows: differences.map(({ path, values }): Cell[] => [
                path,
                ...values.map((value) => value ?? '–'),
              ]),
            },
          ],
  };
}

/** Commands, commits and dates. */
export function describeOrigins(
  runs: readonly Pick<ComparedRun, 'label' | 'command' | 'provenance'>[],
): Section {
  return {
    heading: 'Provenance',
    text: 'What it takes to repeat the runs.',
    blocks: [
      {
        kind: 'table',
        columns: [
          { label: 'Run', unbroken: true },
          { label: 'Command', code: true },
          { label: 'Commit' },
          { label: 'Begun', unbroken: true },
        ],
        rows: runs.map(({ label, command, provenance }): Cell[] => {
          const { commit } = Object(provenance.source) as { readonly commit?: unknown };
          return [
            label,
            command || '–',
            typeof commit === 'string' ? commit.slice(0, 10) : '–',
            typeof provenance.date === 'string' ? provenance.date.slice(0, 10) : '–',
          ];
        }),
      },
    ],
  };
}

/** What unfinished runs lack, each with its name. */
export function gatherMissing(runs: readonly ComparedRun[]): string[] {
  return runs.flatMap(({ label, missing = [] }) => missing.map((one) => `${label}: ${one}`));
}
