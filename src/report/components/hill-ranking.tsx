// The table of a hill, and what is behind each of its rows.

import { Scroller } from './scroller.tsx';

/** A row of the table: figures as they are written. */
export type RankedWarrior = {
  readonly rank: number;
  readonly name: string;
  readonly author: string;
  /** In the order of `HILL_COLUMNS`, from the score on. */
  readonly figures: readonly string[];
};

const TEXT_COLUMNS = ['Name', 'Author'] as const;
const FIGURE_COLUMNS = ['Score', '±', '%W', '%L', '%T', 'Age'] as const;

export function HillRanking({
  rows,
  isLong,
  isLinked,
}: {
  readonly rows: readonly RankedWarrior[];
  /** Whether it scrolls in a frame of its own. */
  readonly isLong: boolean;
  /** Whether names lead to what is said of each warrior below. */
  readonly isLinked: boolean;
}) {
  return (
    <figure class="table">
      <Scroller kind={isLong ? 'scroller long' : 'scroller'} name="The table of the hill">
        <table id="hill">
          <thead>
            <tr>
              <th scope="col" class="numeric">
                #
              </th>
              {TEXT_COLUMNS.map((label) => (
                <th key={label} scope="col">
                  {label}
                </th>
              ))}
              {FIGURE_COLUMNS.map((label) => (
                <th key={label} scope="col" class="numeric">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ rank, name, author, figures }) => (
              <tr key={rank}>
                <td class="numeric">{rank}</td>
                <td>{isLinked ? <a href={`#w${rank}`}>{name}</a> : name}</td>
                <td>{author}</td>
                {figures.map((text, i) => (
                  <td key={FIGURE_COLUMNS[i]} class="numeric">
                    {text}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
      <figcaption>
        Score: 3 × %W + %T. ±: half its 95 % interval over other positions against the same
        opponents. Age: challenges survived, its own included.
      </figcaption>
    </figure>
  );
}

/** Results against some opponents, in percent of the rounds. */
export type OpponentList = {
  readonly title: string;
  readonly rows: readonly {
    readonly name: string;
    /** Wins, losses, ties, and the interval of the wins. */
    readonly figures: readonly (string | number)[];
  }[];
};

export type WarriorDetails = {
  readonly rank: number;
  readonly name: string;
  /** Beside the name. */
  readonly remark: string;
  readonly facts: readonly string[];
  readonly strategy: string;
  readonly lists: readonly OpponentList[];
};

export function HillWarriors({
  warriors,
  isLong,
}: {
  readonly warriors: readonly WarriorDetails[];
  readonly isLong: boolean;
}) {
  const all = warriors.map((warrior) => <Warrior key={warrior.rank} {...warrior} />);
  if (!isLong) return <div class="warriors">{all}</div>;
  return (
    <Scroller kind="warriors long" name="Warriors">
      {all}
    </Scroller>
  );
}

function Warrior({ rank, name, remark, facts, strategy, lists }: WarriorDetails) {
  return (
    <details id={`w${rank}`} data-rank={rank}>
      <summary>
        {rank}. {name} <span class="soft">{remark}</span>
      </summary>
      <p class="about">{facts.join(' · ')}</p>
      {strategy !== '' && <p class="strategy">{strategy}</p>}
      <div class="lists">
        {lists.map((list) => (
          <Opponents key={list.title} {...list} />
        ))}
      </div>
    </details>
  );
}

const OPPONENT_FIGURES = ['%W', '%L', '%T', '95 %'] as const;

function Opponents({ title, rows }: OpponentList) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{title}</th>
          {OPPONENT_FIGURES.map((label) => (
            <th key={label} scope="col" class="numeric">
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, figures }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {figures.map((figure, i) => (
              <td key={OPPONENT_FIGURES[i]} class="numeric">
                {figure}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
