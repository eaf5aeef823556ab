// Small sources on which versions of pMARS disagree, or assemblers with it: listing, start, errors and warnings as it prints them.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  assemble,
  type Diagnostic,
  formatListing,
  makeSettings,
  PMARS_VERSIONS,
} from '../../src/corewar/index.ts';

const DATA = fileURLToPath(new URL('../../../shared/data/corewar/cases', import.meta.url));
const isPresent = existsSync(DATA);
const NAMES = isPresent
  ? readdirSync(DATA).flatMap((name) => (name.endsWith('.red') ? [name.slice(0, -4)] : []))
  : [];

/** How pMARS's messages begin, by the code that this assembler gives them. */
const CODES: readonly (readonly [start: string, code: Diagnostic['code']])[] = [
  ['Missing ', 'missing-assert'],
  ['Ignored, redefinition', 'redefinition'],
  ['Invalid ', 'invalid-assert'],
  ['Unrecognized or improper', 'misplaced'],
];

/** What pMARS says of the whole source has no line. */
const describeOne = (severity: string, code: string, line: number) =>
  `${severity} ${code}${code === 'missing-assert' ? '' : ` ${line}`}`;

/** The part of an expectation that is of one version: its messages, and the listing where there is one. */
function readExpectation(
  name: string,
  version: string,
): { said: string[]; listing: string | null } {
  const text = readFileSync(path.join(DATA, `${name}.expected.txt`), 'utf8');
  const part = text.split(/^== pMARS -/m).find((section) => section.startsWith(version))!;
  const lines = part.split('\n').slice(1);
  const said = lines.flatMap((line, index) => {
    const match = /^(Warning|Error)(?: in line (\d+))?:/.exec(line);
    if (match === null) return [];
    const message = lines[index + 1]!.trim();
    const code = CODES.find(([start]) => message.startsWith(start))![1];
    return [describeOne(match[1]!.toLowerCase(), code, Number(match[2]))];
  });
  const start = lines.findIndex((line) => line.startsWith('Program '));
  return { said: said.sort(), listing: start < 0 ? null : lines.slice(start).join('\n').trimEnd() };
}

test('the folder of cases is the one that was checked', () => {
  if (isPresent) expect(NAMES).toHaveLength(20);
  else expect(NAMES).toEqual([]);
});

describe.skipIf(!isPresent).each(PMARS_VERSIONS)('pMARS %s', (pmars) => {
  test.each(NAMES.length > 0 ? NAMES : ['no data'])('%s', (name) => {
    const { said, listing } = readExpectation(name, pmars);
    const source = readFileSync(path.join(DATA, `${name}.red`));
    const { warrior, diagnostics } = assemble(source, { pmars });
    const own = warrior === null ? null : formatListing(warrior, makeSettings()).trimEnd();
    expect(own).toBe(listing);
    expect(
      diagnostics
        .filter(({ code }) => code !== 'advice')
        .map(({ severity, code, line }) => describeOne(severity, code, line))
        .sort(),
    ).toEqual(said);
  });
});
