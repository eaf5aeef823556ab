// What a model wrote after a prompt.

import type { Block } from '../types.ts';

type SampleBlock = Extract<Block, { kind: 'sample' }>;

export function Sample({ prompt, text, source }: Omit<SampleBlock, 'kind'>) {
  return (
    <figure class="sample">
      {source !== undefined && <figcaption>{source}</figcaption>}
      <blockquote>
        <b>{prompt}</b>
        {text}
      </blockquote>
    </figure>
  );
}
