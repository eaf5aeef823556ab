// The flags of `pmars` as the table of docs/pmars.md, which a test compares with this.

import { PARAMETERS } from './describe-pmars-usage.ts';
import { PMARS_FLAGS, type PmarsFlag, REFUSED_FLAGS } from './pmars-flags.ts';

const VALUES = { nothing: '', number: ' N', text: ' TEXT' } as const;

/** Markdown: a row per flag, the refused ones at the end. */
export function formatFlagTable(): string {
  const flags: readonly PmarsFlag[] = [...PMARS_FLAGS, PARAMETERS];
  const rows = flags.map(({ letter, takes, description, remark, since }) => {
    const only = since === undefined ? '' : `Since ${since}. `;
    return `| \`-${letter}${VALUES[takes]}\` | ${description} | yes | ${only}${remark ?? ''} |`;
  });
  const refused = Object.entries(REFUSED_FLAGS).map(
    ([flag, reason]) => `| \`${flag}\` | only in other builds and ports | refused | ${reason} |`,
  );
  const lines = [...rows, ...refused].map((row) => row.replaceAll(/ {2,}/g, ' '));
  return `| flag | what it does | supported | remarks |\n| --- | --- | --- | --- |\n${lines.join('\n')}\n`;
}
