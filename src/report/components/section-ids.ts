// Anchors of sections.

import type { Section } from '../types.ts';

const LONGEST = 60;

/** An anchor for each section, after its heading; of equal headings, later ones are numbered. */
export function sectionIds(sections: readonly Pick<Section, 'heading'>[]): string[] {
  const seen = new Map<string, number>();
  return sections.map(({ heading }) => {
    const words = heading.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
    const id = `section-${words.join('-').slice(0, LONGEST)}`;
    const count = (seen.get(id) ?? 0) + 1;
    seen.set(id, count);
    return count === 1 ? id : `${id}-${count}`;
  });
}
