// Rollouts by band as pictures: a sheet of film strips, or frames of an animation; a row per band.

import { plural, UserError } from '../core/index.ts';
import { LINE_ADVANCE, wrapDots } from '../image/bitmap-font.ts';
import {
  createPicture,
  DOT,
  drawStates,
  drawText,
  INK,
  type IndexedPicture,
  measureText,
  SOFT_INK,
  TEXT_HEIGHT,
} from '../image/indexed-picture.ts';
import type { NcaBandExamples, NcaBandSamples } from '../worlds/nca/index.ts';
import { describeBand, describeEmptyBand, worldFacts } from './describe-rollouts.ts';

const MARGIN = 20;
const SAMPLE_GAP = 20;
const ROW_GAP = 22;
const LABEL_GAP = 28;
const FRAME_GAP = 4;
const CAPTION_HEIGHT = TEXT_HEIGHT + 4;
const LINE_HEIGHT = LINE_ADVANCE * DOT;
/** Room for the text that says that a band is empty, and for the title. */
const LEAST_BODY = 240;
// 32 M pixels take 128 MB as RGBA.
const MOST_PIXELS = 2 ** 25;
const MOST_PIXELS_ANIMATED = 2 ** 28;

/** Each simulation as a strip of all its frames, from left to right. `scale`: pixels along the side of a cell. */
export function drawRolloutSheet(examples: NcaBandExamples, scale: number): IndexedPicture {
  const layout = layOut(examples, scale, examples.frames);
  const remark = `each strip: one random rule, ${plural(examples.frames, 'frame')}`;
  const picture = drawLabels(layout, remark);
  for (const { band, y, xs } of layout.rows) {
    for (const [s, { states }] of band.samples.entries()) {
      for (let frame = 0; frame < states.frames; frame++) {
        const x = xs[s]! + frame * (layout.side + FRAME_GAP);
        drawStates(picture, x, y + CAPTION_HEIGHT, states, frame, scale);
      }
    }
  }
  return picture;
}

/** Each simulation as one square, all at the same frame: a picture a frame. */
export function drawRolloutFrames(examples: NcaBandExamples, scale: number): IndexedPicture[] {
  const layout = layOut(examples, scale, 1);
  return Array.from({ length: examples.frames }, (_, frame) => {
    const picture = drawLabels(layout, `frame ${frame + 1} of ${examples.frames}`);
    for (const { band, y, xs } of layout.rows) {
      for (const [s, { states }] of band.samples.entries()) {
        drawStates(picture, xs[s]!, y + CAPTION_HEIGHT, states, frame, scale);
      }
    }
    return picture;
  });
}

type Layout = {
  readonly width: number;
  readonly height: number;
  /** Pixels along the side of a frame. */
  readonly side: number;
  readonly world: readonly string[];
  readonly bodyX: number;
  /** What an empty row says, in lines. */
  readonly empty: readonly string[];
  readonly rows: readonly {
    readonly band: NcaBandSamples;
    readonly y: number;
    /** Left ends of the samples. */
    readonly xs: readonly number[];
  }[];
};

/** Where everything lies when a sample shows `shown` frames side by side. */
function layOut(examples: NcaBandExamples, scale: number, shown: number): Layout {
  const { bands, options, perBand, frames } = examples;
  const side = options.grid * scale;
  const sampleWidth = Math.max(shown * (side + FRAME_GAP) - FRAME_GAP, measureText('0.000'));
  const bodyX = MARGIN + LABEL_GAP + widestLabel(examples);
  const bodyWidth = Math.max(LEAST_BODY, perBand * (sampleWidth + SAMPLE_GAP) - SAMPLE_GAP);
  const width = bodyX + bodyWidth + MARGIN;
  // Lines break between facts, not inside them.
  const facts = worldFacts(examples).map((fact) => fact.replaceAll(' ', '\u00a0'));
  const world = wrapDots(facts.join(', '), Math.floor((width - 2 * MARGIN) / DOT));
  const empty = wrapDots(describeEmptyBand(examples.drawn), Math.floor(bodyWidth / DOT));
  let y = MARGIN + (2 + world.length) * LINE_HEIGHT + ROW_GAP;
  const rows = bands.map((band) => {
    const row = {
      band,
      y,
      xs: band.samples.map((_, s) => bodyX + s * (sampleWidth + SAMPLE_GAP)),
    };
    y += ROW_GAP + (band.samples.length > 0 ? CAPTION_HEIGHT + side : empty.length * LINE_HEIGHT);
    return row;
  });
  const height = y - ROW_GAP + MARGIN;
  const pixels = width * height * (shown < frames ? frames : 1);
  if (width * height > MOST_PIXELS || pixels > MOST_PIXELS_ANIMATED) {
    throw new UserError(`a picture of ${width} × ${height} pixels is too large`, {
      hint: 'draw fewer rules, fewer frames, or at a smaller scale',
    });
  }
  return { width, height, side, world, bodyX, empty, rows };
}

/** A picture with the texts, and no frames yet. */
function drawLabels(layout: Layout, remark: string): IndexedPicture {
  const picture = createPicture(layout.width, layout.height);
  let y = MARGIN;
  const line = (text: string, color: number) => {
    drawText(picture, MARGIN, y, text, color);
    y += LINE_HEIGHT;
  };
  line('random rules by gzip ratio', INK);
  for (const text of layout.world) line(text, SOFT_INK);
  line(remark, SOFT_INK);
  for (const { band, y: top, xs } of layout.rows) {
    const isEmpty = band.samples.length === 0;
    drawText(picture, MARGIN, isEmpty ? top : top + CAPTION_HEIGHT, describeBand(band), INK);
    for (const [s, { ratio }] of band.samples.entries()) {
      drawText(picture, xs[s]!, top, ratio.toFixed(3), SOFT_INK);
    }
    if (!isEmpty) continue;
    for (const [i, text] of layout.empty.entries()) {
      drawText(picture, layout.bodyX, top + i * LINE_HEIGHT, text, SOFT_INK);
    }
  }
  return picture;
}

function widestLabel({ bands }: NcaBandExamples): number {
  return Math.max(...bands.map((band) => measureText(describeBand(band))));
}
