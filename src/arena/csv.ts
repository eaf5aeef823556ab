// Comma-separated values (RFC 4180), read strictly: what is wrong is named with its line.

import { UserError } from '../core/index.ts';

/** A row and the line of the file, from 1, that it begins in. */
export type CsvRow = { readonly line: number; readonly fields: readonly string[] };

/**
 * The rows of `text`: fields may be quoted, quotes inside are doubled, lines end with LF or CRLF. Empty lines are left
 * out.
 *
 * @throws UserError for quotes that do not close or stand inside a field
 */
export function parseCsv(text: string, file: string): CsvRow[] {
  const rows: CsvRow[] = [];
  let fields: string[] = [];
  let line = 1;
  let rowLine = 1;
  let at = text.startsWith('\ufeff') ? 1 : 0;
  const fail = (problem: string): never => {
    throw new UserError(`${file}, line ${rowLine}: ${problem}`);
  };
  const endRow = () => {
    if (fields.length > 1 || fields[0] !== '') rows.push({ line: rowLine, fields });
    fields = [];
    rowLine = line;
  };
  const plainField = /[^,\r\n]*/y;
  while (at < text.length || fields.length > 0) {
    if (text[at] === '"') {
      let value = '';
      at++;
      for (;;) {
        const close = text.indexOf('"', at);
        if (close < 0) fail('a quote is not closed');
        value += text.slice(at, close);
        at = close + 1;
        if (text[at] !== '"') break;
        value += '"';
        at++;
      }
      line += value.split('\n').length - 1;
      fields.push(value);
      if (at < text.length && !/[,\r\n]/.test(text[at]!)) fail('text follows a closing quote');
    } else {
      plainField.lastIndex = at;
      const value = plainField.exec(text)![0];
      if (value.includes('"')) fail('a quote stands inside a field that does not begin with one');
      at += value.length;
      fields.push(value);
    }
    if (text[at] === ',') {
      at++;
      // A comma at the very end leaves an empty last field.
      if (at === text.length) fields.push('');
      else continue;
    } else if (text[at] === '\r' || text[at] === '\n') {
      at += text.startsWith('\r\n', at) ? 2 : 1;
      line++;
    }
    endRow();
  }
  return rows;
}

/** Rows as CSV, fields quoted where they must be, a newline at the end. */
export function formatCsv(rows: readonly (readonly string[])[]): string {
  const quote = (field: string) =>
    /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
  return rows.map((row) => `${row.map(quote).join(',')}\n`).join('');
}
