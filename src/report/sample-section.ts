// What a finished model wrote: text, images or token ids.

import { drawImageSheet, pngDataUri } from '../image/index.ts';
import type { Sample } from '../training/sample.ts';
import type { Pixels } from '../worlds/plane.ts';
import type { Block, Section } from './types.ts';

const INTRODUCTIONS: Partial<Record<Sample['shows'], string>> = {
  text: 'Text that the finished model wrote; the prompt is marked.',
  image: 'Images that the finished model drew, pixel by pixel, from a first pixel.',
};

export function describeSample(sample: Sample): Section {
  const { shows, items, temperature, topP, image } = sample;
  const introduction =
    INTRODUCTIONS[shows] ?? 'Token ids that the finished model wrote; the prompt is marked.';
  const nucleus = topP === undefined ? '' : `, top-p ${topP}`;
  return {
    heading: 'Samples',
    text: `${introduction} Temperature ${temperature}${nucleus}.`,
    blocks:
      image && holdsImages(items, image)
        ? [{ kind: 'figure', wide: true, svg: drawImages(items, image) }]
        : items.map(({ prompt, tokens, text }): Block => {
            const written = text ?? { prompt: `${prompt.join(' ')} `, text: tokens.join(' ') };
            return { kind: 'sample', ...written };
          }),
  };
}

type Image = NonNullable<Sample['image']>;

/** Whether there are images, and as large as is said: no more memory is taken than the file has tokens. */
function holdsImages(items: Sample['items'], { width, height }: Image): boolean {
  const isWhole = ({ prompt, tokens }: Sample['items'][number]) =>
    prompt.length + tokens.length === width * height;
  return items.length > 0 && items.every(isWhole);
}

function drawImages(items: Sample['items'], { width, height, levels }: Image): string {
  const world = {
    decode: (tokens: ArrayLike<number>) => Array.from(tokens),
    render: (tokens: readonly number[]): Pixels => ({
      width,
      height,
      data: Uint8Array.from(
        tokens.flatMap((token) => {
          const level = Math.round((255 * token) / (levels - 1));
          return [level, level, level, 255];
        }),
      ),
    }),
  };
  const sheet = drawImageSheet(
    world,
    items.map(({ prompt, tokens }) => [...prompt, ...tokens]),
  );
  return `<img alt="samples" width="${sheet.width}" height="${sheet.height}" src="${pngDataUri(sheet)}">`;
}
