// Key figures as cards.

import type { ReportPage } from '../types.ts';
import { Breakable } from './breakable.tsx';

/** Longer values have smaller letters. */
const SHORT = 14;

export function Facts({ facts }: Pick<ReportPage, 'facts'>) {
  return (
    <dl class="facts">
      {facts.map(([label, value]) => (
        <div key={label} class={value.length > SHORT ? 'fact long-fact' : 'fact'}>
          <dt>{label}</dt>
          <dd>
            <Breakable text={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
