// The words of a page that not every reader knows.

import type { Term } from '../types.ts';

export function Terms({ terms }: { readonly terms: readonly Term[] }) {
  return (
    <details class="terms">
      <summary>Terms on this page: {terms.map(({ term }) => term).join(', ')}</summary>
      <dl>
        {terms.map(({ term, definition }) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{definition}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
