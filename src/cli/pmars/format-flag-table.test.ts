import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describePmarsUsage } from './describe-pmars-usage.ts';
import { formatFlagTable } from './format-flag-table.ts';

const PAGE = readFileSync(new URL('../../../docs/pmars.md', import.meta.url), 'utf8');

/** The letters of the usage text of pMARS 0.9.5, and of its manual. */
const USAGE = [...'rscpldFSRWebVk8foPA=@'];
const MANUAL = [...'Qv'];

test('the page has the table of the flags', () => {
  expect(PAGE).toContain(`\n${formatFlagTable()}\n`);
});

test('every flag of the usage text and the manual is in the table and in our usage', () => {
  for (const letter of [...USAGE, ...MANUAL]) {
    expect(formatFlagTable(), letter).toMatch(
      new RegExp(`^\\| \`-${letter}( \\w+)?\` .* yes `, 'm'),
    );
    expect(describePmarsUsage('0.9.5'), letter).toContain(`\n  -${letter} `);
  }
});

test('version 0.9.2 has no flags that came later', () => {
  const usage = describePmarsUsage('0.9.2');
  for (const letter of 'RWA') expect(usage).not.toContain(`\n  -${letter} `);
  expect(usage).toContain('pMARS 0.9.2');
});
