// Long listings, a page at a time where the session has pages.

import { nextLink, pauseAtTimes } from './input.ts';
import type { Asking } from './protocol.ts';
import { type SessionState, show } from './state.ts';

/**
 * Shows `count` lines. After a page it takes a line of input: `q` ends the listing, `a` shows all of it, any other one the
 * next page.
 */
export function* showLines(
  state: SessionState,
  count: number,
  line: (index: number) => string,
): Asking<void> {
  const { pageLines = null } = state.options;
  let onPage = 0;
  for (let i = 0; i < count; i++) {
    if (onPage === pageLines && state.hidden === 'none') {
      const key = yield* nextLink(state, 'Return: more, q: no more, a: all ');
      const letter = key?.trim().toLowerCase()[0];
      if (key === null || letter === 'q') {
        show(state, '\n');
        return;
      }
      onPage = letter === 'a' ? Number.NEGATIVE_INFINITY : 0;
    }
    show(state, `${line(i)}\n`);
    onPage++;
    if (yield* pauseAtTimes(state)) return;
  }
}
