// What a finished model wrote: text, images or token ids.

import { drawImageSheet, pngDataUri } from '../image/index.ts';
import type { Sample } from '../training/sample.ts';
import type { Pixels } from '../worlds/plane.ts';
import { capitalize } from './format.ts';
import type { Block, Section } from './types.ts';

const WRITTEN: Record<Sample['shows'], string> = {
  text: 'Text that',
  image: 'Images, pixel by pixel from a first pixel, that',
  tokens: 'Token ids that',
  frames: 'Token ids that',
};

/** What wrote samples, as the subject of a sentence, with what stands over each of them. */
export type SampleSource = {
  /** `the finished model of stage text` */
  readonly subject: string;
  /** `arm nca, seed 0` */
  readonly label: string;
};

/** The sample of a run. */
export function describeSample(sample: Sample, source: SampleSource): Section {
  return {
    heading: 'Samples',
    text: `${WRITTEN[sample.shows]} ${source.subject} wrote. ${describeSettings(sample)}`,
    blocks: drawSample(sample, source.label),
  };
}

/** Samples of several arms under one another. */
export function describeSamples(
  samples: readonly { readonly sample: Sample; readonly label: string }[],
): Section[] {
  const [first] = samples;
  if (!first) return [];
  return [
    {
      heading: 'Samples',
      text: `${WRITTEN[first.sample.shows]} finished models wrote, one of each arm. ${describeSettings(first.sample)}`,
      blocks: samples.flatMap(({ sample, label }) => drawSample(sample, label)),
    },
  ];
}

function describeSettings({ image, temperature, topP }: Sample): string {
  const nucleus = topP === undefined ? '' : `, top-p ${topP}`;
  return `${image ? '' : 'The prompt is marked. '}Temperature ${temperature}${nucleus}.`;
}

function drawSample({ items, image }: Sample, source: string): Block[] {
  if (image && holdsImages(items, image)) {
    return [
      { kind: 'figure', wide: true, svg: drawImages(items, image), caption: capitalize(source) },
    ];
  }
  return items.map(({ prompt, tokens, text }): Block => {
    const written = text ?? { prompt: `${prompt.join(' ')} `, text: tokens.join(' ') };
    return { kind: 'sample', ...written, source: capitalize(source) };
  });
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
