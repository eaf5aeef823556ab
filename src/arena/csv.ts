// Comma-separated values (RFC 4180), read strictly; errors name the line.

import { CsvError, parse } from 'csv-parse/sync';
import { UserError } from '../core/index.ts';

/** A row and the line of the file, from 1, that it begins in. */
export type CsvRow = { readonly line: number; readonly fields: readonly string[] };

/**
 * The rows of `text`: fields may be quoted, quotes inside are doubled, lines end with LF, CRLF or CR, which are LF inside
 * quoted fields. Empty lines are left out.
 *
 * @throws UserError for quotes that do not close or stand inside a field
 */
export function parseCsv(text: string, file: string): CsvRow[] {
  const rows: CsvRow[] = [];
  const plain = text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
  let end = 0;
  try {
    parse(plain, {
      record_delimiter: '\n',
      relax_column_count: true,
      skip_empty_lines: true,
      on_record: (fields: string[], { lines }) => {
        const breaks = fields.reduce((sum, field) => sum + field.split('\n').length - 1, 0);
        rows.push({ line: lines - breaks, fields });
        end = lines;
        return null;
      },
    });
    return rows;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // An error knows the line that it was found in: for a quote that is not closed, the last one of the file.
    const lines = plain.split('\n');
    while (lines[end] === '') end++;
    throw new UserError(`${file}, line ${end + 1}: ${explain(error)}`, { cause: error });
  }
}

function explain(error: CsvError): string {
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'a quote is not closed';
    case 'CSV_INVALID_CLOSING_QUOTE':
      return 'text follows a closing quote';
    case 'INVALID_OPENING_QUOTE':
      return 'a quote inside a field that does not begin with one';
    default:
      return error.message.replace(/\s+/g, ' ');
  }
}

/** Rows as CSV, fields quoted where they must be, a newline at the end. */
export function formatCsv(rows: readonly (readonly string[])[]): string {
  const quote = (field: string) =>
    /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
  return rows.map((row) => `${row.map(quote).join(',')}\n`).join('');
}
