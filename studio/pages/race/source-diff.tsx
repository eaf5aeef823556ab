// Two programs side by side, line by line, with what differs.

import { pairLines } from './pair-lines.ts';

const MARKS = { same: '', removed: '−', added: '+' } as const;

export function SourceDiff({
  before,
  after,
  titles,
}: {
  readonly before: string;
  readonly after: string;
  readonly titles: readonly [string, string];
}) {
  const pairs = pairLines(before, after);
  return (
    <section class="diff-scroller" tabindex={0} aria-label={titles.join(' and ')}>
      <table class="diff">
        <thead>
          <tr>
            {titles.map((title) => (
              <th key={title} scope="col" colSpan={2}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {pairs.map(({ left, right }, i) => (
            <tr key={i}>
              {[
                { text: left, change: right === left ? 'same' : 'removed' } as const,
                { text: right, change: right === left ? 'same' : 'added' } as const,
              ].flatMap(({ text, change }, side) => [
                <td key={`${side}-mark`} class="mark">
                  {text === null ? '' : MARKS[change]}
                </td>,
                <td key={side} class={text === null ? 'nothing' : change}>
                  {text ?? ''}
                </td>,
              ])}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
