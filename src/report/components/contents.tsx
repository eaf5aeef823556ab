// The list of a page's sections.

import type { Section } from '../types.ts';

export function Contents({
  sections,
  ids,
}: {
  readonly sections: readonly Section[];
  /** The anchors of the sections. */
  readonly ids: readonly string[];
}) {
  return (
    <nav class="contents" aria-label="Contents">
      <ol>
        {sections.map(({ heading }, i) => (
          <li key={ids[i]!}>
            <a href={`#${ids[i]}`}>{heading}</a>
          </li>
        ))}
      </ol>
    </nav>
  );
}
