// What is said of lines that cannot be read as they stand.

import type { Report } from './diagnostics.ts';
import { explainCharacter, nearOpcode, printable } from './hints.ts';
import type { Keyword } from './keywords.ts';
import type { Token } from './tokens.ts';

/** A token that no statement begins with. `names` are those before it: the last may be a misspelled opcode. */
export function reportUnexpected(token: Token, names: readonly Token[], report: Report): void {
  const { text, kind, place } = token;
  const word = names.at(-1);
  if (word === undefined || (kind === 'other' && text !== ':')) {
    const isOperand = kind === 'number' || kind === 'mode';
    report.error(
      'misplaced',
      place,
      `'${printable(text)}' where a label or an opcode should be`,
      explainCharacter(text) ?? (isOperand ? 'an opcode is missing' : undefined),
    );
    return;
  }
  const near = nearOpcode(word.text);
  report.error(
    'misplaced',
    word.place,
    `'${word.text}' is not an opcode`,
    near === undefined ? 'an opcode comes before the operands' : `did you mean ${near}?`,
  );
}

/** A keyword within a statement. */
export function reportSecond({ text, place }: Token, keyword: Keyword, report: Report): void {
  report.error(
    'misplaced',
    place,
    `'${text}' where a value should be: ${keyword} is a keyword`,
    'a statement has one keyword; is the end of a line missing before it?',
  );
}

/** A label that is defined already; `names` are those before it. */
export function reportRedefinition(
  { text, place }: Token,
  names: readonly Token[],
  report: Report,
): void {
  const typo = findTypo(names);
  report.warn(
    'redefinition',
    place,
    `'${text}' is defined already: this line is ignored`,
    typo === undefined
      ? 'give the label another name'
      : `'${typo.text}' is read as a label too: did you mean ${nearOpcode(typo.text)}?`,
  );
}

/** Labels alone on a line, one of them perhaps a misspelled opcode. */
export function adviseOpcode(names: readonly Token[], report: Report): void {
  const typo = names.length > 1 ? findTypo(names) : undefined;
  if (typo === undefined) return;
  const list = names.map(({ text }) => `'${text}'`).join(' and ');
  const hint = `did you mean ${nearOpcode(typo.text)}?`;
  report.warn('advice', typo.place, `${list} are read as labels`, hint);
}

function findTypo(names: readonly Token[]): Token | undefined {
  return names.find(({ text }) => nearOpcode(text) !== undefined);
}

/** pMARS copies what touches an opcode without an end where the line ends there. */
export function adviseSpace({ text, place }: Token, report: Report): void {
  report.warn(
    'advice',
    place,
    'pMARS may misread this line: nothing parts the opcode from its operands',
    `put a space after '${text}'`,
  );
}
