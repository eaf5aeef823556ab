// Who beats whom on a hill: a table of figures or a picture, and all results as text.

import { Scroller } from './scroller.tsx';

/** A cell of the matrix; null where the pair has not been played. */
export type MatrixCell = {
  /** Wins of the row in percent of the rounds. */
  readonly wins: number;
  /** Wins minus losses as a share of the rounds. */
  readonly margin: number;
  readonly hint: string;
} | null;

/** Share of a series color in the strongest cell, in percent, so that figures stay readable. */
const STRONGEST = 55;

/** Filled by the page's script: two warriors to choose, and their figures. */
export function HillPair() {
  return <div id="pair" class="pair" hidden />;
}

export function HillLegend() {
  return (
    <div class="hill-legend">
      <span>the row loses all</span>
      <span
        class="scale"
        role="img"
        aria-label="Color scale from orange, the row loses all rounds, over plain, as many wins as losses, to blue, the row wins all"
      />
      <span>it wins all</span>
    </div>
  );
}

export function HillMatrix({
  names,
  rows,
  onPick,
}: {
  /** By rank. */
  readonly names: readonly string[];
  readonly rows: readonly (readonly MatrixCell[])[];
  /** Makes each cell a button. */
  readonly onPick?: ((row: number, column: number) => void) | undefined;
}) {
  return (
    <figure class="table">
      <Scroller name="Wins of each warrior against each other one, in percent">
        <table class="matrix">
          <thead>
            <tr>
              <th scope="col">wins of the row, %</th>
              {names.map((name, i) => (
                <th key={i} scope="col" title={name}>
                  {i + 1}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((cells, i) => (
              <tr key={i}>
                <th scope="row">
                  {i + 1}. {names[i]}
                </th>
                {cells.map((cell, j) => (
                  <Pair key={j} cell={cell} onPick={onPick && (() => onPick(i, j))} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
    </figure>
  );
}

function Pair({
  cell,
  onPick,
}: {
  readonly cell: MatrixCell;
  readonly onPick: (() => void) | undefined;
}) {
  if (cell === null) return <td />;
  const share = Math.round(STRONGEST * Math.abs(cell.margin));
  const paint =
    share === 0 ? {} : { class: cell.margin > 0 ? 'up' : 'down', style: `--m:${share}%` };
  return (
    <td {...paint} title={cell.hint}>
      {onPick ? (
        <button type="button" aria-label={`${cell.wins} %, ${cell.hint}`} onClick={onPick}>
          {cell.wins}
        </button>
      ) : (
        cell.wins
      )}
    </td>
  );
}

/** A picture in place of the table, where a hill is large. */
export function HillPicture({
  light,
  dark,
  size,
  count,
}: {
  /** Images as data URIs, for each color scheme. */
  readonly light: string;
  readonly dark: string;
  /** Pixels of its side. */
  readonly size: number;
  readonly count: number;
}) {
  return (
    <Scroller kind="picture" name="Matrix of all pairs">
      <picture>
        <source media="(prefers-color-scheme: dark)" srcset={dark} />
        <img
          id="matrix"
          src={light}
          width={size}
          height={size}
          alt={`Matrix of ${count} by ${count} warriors; its figures are under “All results as text”`}
        />
      </picture>
    </Scroller>
  );
}

/** A line per warrior; the page's script reads it too. */
export function HillText({
  lines,
  rounds,
}: {
  readonly lines: readonly string[];
  readonly rounds: number;
}) {
  return (
    <details>
      <summary>All results as text</summary>
      <p class="about">
        A line per warrior: its rank, then wins/ties against the warrior of rank 1, 2, … in {rounds}{' '}
        rounds each.
      </p>
      <pre id="results" data-rounds={rounds}>
        {lines.join('\n')}
      </pre>
    </details>
  );
}
