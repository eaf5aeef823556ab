// Lines of two texts beside one another.

import { diffLines } from 'diff';

/** Null where one text has nothing beside a line of the other. */
export type LinePair = { readonly left: string | null; readonly right: string | null };

/** Lines that both texts have stand in one row; between them, those that were taken away beside those that came in their place. */
export function pairLines(before: string, after: string): LinePair[] {
  const pairs: LinePair[] = [];
  let [removed, added]: [string[], string[]] = [[], []];
  const flush = () => {
    const rows = Math.max(removed.length, added.length);
    for (let i = 0; i < rows; i++) {
      pairs.push({ left: removed[i] ?? null, right: added[i] ?? null });
    }
    [removed, added] = [[], []];
  };
  // A last line without its end is the same line.
  const ended = (text: string) => (text === '' || text.endsWith('\n') ? text : `${text}\n`);
  for (const part of diffLines(ended(before), ended(after))) {
    const lines = part.value.replace(/\n$/, '').split('\n');
    if (part.removed) removed.push(...lines);
    else if (part.added) added.push(...lines);
    else {
      flush();
      pairs.push(...lines.map((line) => ({ left: line, right: line })));
    }
  }
  flush();
  return pairs;
}
