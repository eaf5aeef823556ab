// A table whose caption stays in place while the table scrolls.

import { formatNumber } from '../../chart/format.ts';
import type { Block, Cell, Column } from '../types.ts';
import { Breakable } from './breakable.tsx';
import { CodeWords } from './code-words.tsx';
import { Scroller } from './scroller.tsx';

/** Longer cells are never squeezed to a column of single words, and may break where others may not. */
const LONG_CELL = 24;

/** Tables of more columns have smaller type. */
const MANY_COLUMNS = 8;

/** A word that would make a column as wide as itself, such as JSON, breaks anywhere. */
const UNBREAKABLE = /[^\s/._=]{25,}/;

type TableBlock = Extract<Block, { kind: 'table' }>;

export function DataTable({
  columns,
  rows,
  caption,
  name,
}: Omit<TableBlock, 'kind'> & {
  /** What screen readers call it; its own on the page. */
  readonly name: string;
}) {
  const classes = columns.map((column, c) => columnClass(column, c, rows));
  // A row is named by its first cell, unless there is no other.
  const hasNames = columns.length > 1;
  return (
    <figure class={columns.length > MANY_COLUMNS ? 'table dense' : 'table'}>
      <Scroller name={name}>
        <table>
          <thead>
            <tr>
              {columns.map(({ label }, c) => (
                <th key={c} scope="col" class={classes[c]}>
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, r) => (
              <tr key={r}>
                {columns.map((column, c) => {
                  const text = formatCell(row[c] ?? null, column);
                  const isLong = text.length > LONG_CELL && column.unbroken !== true;
                  const isTorn = isLong && UNBREAKABLE.test(text);
                  const classNames = [classes[c], isLong ? 'long' : '', isTorn ? 'torn' : '']
                    .filter(Boolean)
                    .join(' ');
                  const Cell = hasNames && c === 0 ? 'th' : 'td';
                  return (
                    <Cell
                      key={c}
                      scope={Cell === 'th' ? 'row' : undefined}
                      class={classNames || undefined}
                    >
                      {column.code ? <CodeWords text={text} /> : <Breakable text={text} />}
                    </Cell>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
      {caption !== undefined && <figcaption>{caption}</figcaption>}
    </figure>
  );
}

function columnClass(
  { numeric, unbroken }: Column,
  c: number,
  rows: readonly (readonly Cell[])[],
): string | undefined {
  const numbers = rows.every((row) => row[c] == null || typeof row[c] === 'number');
  if (numeric ?? (numbers && rows.length > 0)) return 'numeric';
  return unbroken === true ? 'unbroken' : undefined;
}

function formatCell(value: Cell, { digits }: Column): string {
  if (typeof value === 'string') return value;
  return formatNumber(value, digits ?? (Number.isInteger(value) ? 0 : 3));
}
