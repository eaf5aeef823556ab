// A finding, a warning or a note.

import type { Block } from '../types.ts';

type BannerBlock = Extract<Block, { kind: 'banner' }>;

export function Banner({ tone, heading, items = [] }: Omit<BannerBlock, 'kind'>) {
  return (
    <div class={`banner ${tone}`} role={tone === 'bad' ? 'alert' : undefined}>
      <strong>{heading}</strong>
      {items.length > 0 && (
        <ul>
          {items.map((item) => (
            <li key={item}>{item}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
