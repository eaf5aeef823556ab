// Rollouts by band as a file: PNG, GIF or HTML.

import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/index.ts';
import { writeFileAtomic } from '../files/index.ts';
import { encodeGif, encodeIndexedPng } from '../image/index.ts';
import { picturePalette } from '../image/indexed-picture.ts';
import type { NcaBandExamples } from '../worlds/nca/index.ts';
import { describeWorld } from './describe-rollouts.ts';
import { renderRolloutPage } from './rollout-page.ts';
import { drawRolloutFrames, drawRolloutSheet } from './rollout-sheet.ts';

export const ROLLOUT_FORMATS = ['png', 'gif', 'html'] as const;
export type RolloutFormat = (typeof ROLLOUT_FORMATS)[number];

export type RolloutStyle = {
  /** Pixels along the side of a cell; what makes frames of about 48 (PNG), 72 (GIF) or 108 pixels (HTML), unless given. */
  readonly scale?: number;
  /** Time that a frame is shown for (GIF, HTML). */
  readonly delayMs?: number;
};

/** Every file carries this near its beginning or its end: what has it may be replaced, whatever else there is may not. */
const MARK = 'primordia nca render';
const MARK_WITHIN_BYTES = 4096;
const FRAME_PIXELS: Record<RolloutFormat, number> = { png: 48, gif: 72, html: 108 };

/**
 * The format that a file's name ends in.
 *
 * @throws UserError for another ending
 */
export function rolloutFormatOf(file: string): RolloutFormat {
  const ending = path.extname(file).slice(1).toLowerCase();
  const format = ROLLOUT_FORMATS.find((name) => name === (ending === 'htm' ? 'html' : ending));
  if (format !== undefined) return format;
  throw new UserError(`${file} does not say which format the picture should have`, {
    hint: `let its name end in .${ROLLOUT_FORMATS.join(', .')}, or give --format`,
  });
}

/**
 * Checks that pictures may be written to `file`: it is not there, or was written by `writeRollouts`.
 *
 * @throws UserError where something else is there, or its folder is missing
 */
export function checkRolloutFile(file: string): void {
  const folder = path.dirname(file);
  if (!existsSync(folder)) {
    throw new UserError(`there is no folder ${folder} for ${path.basename(file)}`, {
      hint: 'create the folder first',
    });
  }
  if (!existsSync(file)) return;
  const status = statSync(file);
  if (!status.isFile()) {
    throw new UserError(`${file} is not a file`, { hint: 'choose another name' });
  }
  if (status.size === 0) return;
  const descriptor = openSync(file, 'r');
  try {
    for (const at of [0, Math.max(0, status.size - MARK_WITHIN_BYTES)]) {
      const bytes = Buffer.alloc(MARK_WITHIN_BYTES);
      const length = readSync(descriptor, bytes, 0, bytes.length, at);
      if (bytes.subarray(0, length).includes(MARK)) return;
    }
  } finally {
    closeSync(descriptor);
  }
  throw new UserError(`${file} exists already and is not a picture of rollouts`, {
    hint: 'choose another name, or move it away',
  });
}

/**
 * A picture of rollouts, a row per band: a sheet of film strips (PNG), an animation (GIF), or a page that plays (HTML).
 *
 * @throws UserError when the picture would be too large
 */
export function encodeRollouts(
  examples: NcaBandExamples,
  format: RolloutFormat,
  style: RolloutStyle = {},
): string | Uint8Array {
  const { scale = Math.max(1, Math.round(FRAME_PIXELS[format] / examples.options.grid)) } = style;
  const { delayMs = 150 } = style;
  if (!Number.isSafeInteger(scale) || scale < 1 || !(delayMs > 0)) {
    throw new UserError(`scale ${scale} and ${delayMs} ms a frame cannot be drawn`, {
      hint: 'scale is a whole number of at least 1, and the time is above 0',
    });
  }
  const remark = `${MARK}: ${describeWorld(examples)}`;
  if (format === 'html') return renderRolloutPage(examples, scale, delayMs, remark);
  const palette = picturePalette(examples.options.colors);
  if (format === 'png') return encodeIndexedPng(drawRolloutSheet(examples, scale), palette, remark);
  const pictures = drawRolloutFrames(examples, scale);
  const { width, height } = pictures[0]!;
  const frames = pictures.map(({ data }) => data);
  return encodeGif({ width, height, palette, frames }, { delayMs, comment: remark });
}

/**
 * Writes `encodeRollouts(…)` to a file, atomically.
 *
 * @returns the bytes written
 * @throws UserError as `encodeRollouts` and `checkRolloutFile`, or when the disk refuses
 */
export function writeRollouts(
  file: string,
  examples: NcaBandExamples,
  format: RolloutFormat,
  style: RolloutStyle = {},
): number {
  checkRolloutFile(file);
  const content = encodeRollouts(examples, format, style);
  writeFileAtomic(file, content);
  return Buffer.byteLength(content);
}
