// Frames of a world in rows: what happened, what a model predicted, where it was right.

import { escapeMarkup, truncateText } from '../chart/format.ts';
import { estimateTextWidth } from '../chart/label-layout.ts';
import { pngDataUri } from '../image/index.ts';
import type { FrameRow, FrameSheet } from './types.ts';

const SHEET_WIDTH = 1040;
const SMALLEST_FRAME = 28;
const LARGEST_FRAME = 112;
/** A picture of a whole sequence. */
const LARGEST_SINGLE = 480;
const GAP = 8;
const ROW_GAP = 14;
const LABEL_WIDTH = 150;
const TITLE_HEIGHT = 28;
const HEADER_HEIGHT = 22;

/**
 * A sheet of frames as SVG text: a row a label, a column a frame, each frame an embedded PNG that is
 * enlarged without smoothing. Frames of a size are drawn at one size; null leaves an empty place.
 *
 * @throws UserError when a frame's data do not fit its width and height
 */
export function frameSheet(sheet: FrameSheet): string {
  const rows = sheet.rows.filter(({ frames }) => frames.length > 0);
  const columns = Math.max(0, ...rows.map(({ frames }) => frames.length));
  const top = sheet.title === undefined ? 0 : TITLE_HEIGHT;
  if (columns === 0) return emptySheet(sheet.title);

  const room = (SHEET_WIDTH - LABEL_WIDTH) / columns - GAP;
  const cell = Math.round(
    Math.min(columns === 1 ? LARGEST_SINGLE : LARGEST_FRAME, Math.max(SMALLEST_FRAME, room)),
  );
  const rowHeights = rows.map((row) => measureRow(row, cell));
  const width = LABEL_WIDTH + columns * (cell + GAP) - GAP + 1;
  const height =
    top +
    HEADER_HEIGHT +
    rowHeights.reduce((sum, rowHeight) => sum + rowHeight + ROW_GAP, 1 - ROW_GAP);

  const names = Array.from(
    { length: columns },
    (_, i) => sheet.columnLabels?.[i] ?? (sheet.columnLabels === undefined ? `${i}` : ''),
  );
  const widestName = Math.max(...names.map((name) => estimateTextWidth(name, 11)));
  // Where labels are wider than frames, every second (third, …) is written.
  const every = Math.ceil((widestName + 4) / (cell + GAP));
  const header = names.map((name, i) =>
    i % every === 0
      ? `<text x="${LABEL_WIDTH + i * (cell + GAP) + cell / 2}" y="${top + 12}" text-anchor="middle" class="soft" font-size="11" font-variant="tabular-nums">${escapeMarkup(truncateText(name, 24))}</text>`
      : '',
  );

  let y = top + HEADER_HEIGHT;
  const body = rows.map((row, r) => {
    const markup = drawRow(row, y, cell);
    y += rowHeights[r]! + ROW_GAP;
    return markup;
  });
  return wrapSheet(sheet.title, width, height, [...header, ...body].join(''));
}

function measureRow(row: FrameRow, cell: number): number {
  return Math.max(...row.frames.map((frame) => frameHeight(frame, cell)), labelHeight(row));
}

/** Frames keep their proportions; their width is that of the column. */
function frameHeight(frame: FrameRow['frames'][number], cell: number): number {
  return frame === null ? cell : Math.round((cell * frame.height) / frame.width);
}

function labelLines(row: FrameRow): { label: string[]; note: string[] } {
  return {
    label: wrapText(row.label, 13, LABEL_WIDTH - 18, 3),
    note: row.note === undefined ? [] : wrapText(row.note, 11, LABEL_WIDTH - 18, 4),
  };
}

function labelHeight(row: FrameRow): number {
  const { label, note } = labelLines(row);
  return label.length * 17 + note.length * 14 + 2;
}

function drawRow(row: FrameRow, y: number, cell: number): string {
  const { label, note } = labelLines(row);
  const lines = [
    ...label.map(
      (line, i) =>
        `<text x="0" y="${y + 13 + i * 17}" font-size="13" font-weight="600">${escapeMarkup(line)}</text>`,
    ),
    ...note.map(
      (line, i) =>
        `<text x="0" y="${y + 13 + label.length * 17 + i * 14}" font-size="11" class="soft">${escapeMarkup(line)}</text>`,
    ),
  ];
  const frames = row.frames.map((frame, i) => {
    const x = LABEL_WIDTH + i * (cell + GAP);
    const height = frameHeight(frame, cell);
    const outline = `x="${x - 0.5}" y="${y - 0.5}" width="${cell + 1}" height="${height + 1}" fill="none" stroke="currentColor"`;
    if (frame === null) {
      return `<rect class="no-frame" ${outline} stroke-opacity="0.3" stroke-dasharray="3 3"/>`;
    }
    const image = `<image x="${x}" y="${y}" width="${cell}" height="${height}" preserveAspectRatio="none" style="image-rendering: pixelated" href="${pngDataUri(frame)}"/>`;
    return `${image}<rect ${outline} stroke-opacity="0.2"/>`;
  });
  return `<g>${lines.join('')}${frames.join('')}</g>`;
}

/** Breaks text at spaces into at most `limit` lines; what is left is cut with an ellipsis. */
function wrapText(text: string, fontSize: number, width: number, limit: number): string[] {
  const longest = Math.floor(width / (fontSize * 0.6));
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const joined = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && estimateTextWidth(joined, fontSize) <= width) {
      lines[lines.length - 1] = joined;
    } else {
      lines.push(truncateText(word, longest));
    }
  }
  if (lines.length <= limit) return lines;
  return [...lines.slice(0, limit - 1), truncateText(`${lines[limit - 1]} …`, longest)];
}

function emptySheet(title: string | undefined): string {
  const y = (title === undefined ? 0 : TITLE_HEIGHT) + 24;
  return wrapSheet(title, 720, y + 20, `<text x="0" y="${y}" class="soft">no frames yet</text>`);
}

function wrapSheet(title: string | undefined, width: number, height: number, body: string): string {
  const name = title ?? 'Frames';
  const heading =
    title === undefined
      ? ''
      : `<text x="0" y="15" font-size="14" font-weight="600">${escapeMarkup(truncateText(title, Math.floor(width / 8)))}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" class="frames" role="img" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" fill="currentColor" font-family="system-ui, sans-serif" font-size="12"><title>${escapeMarkup(name)}</title><style>.frames .soft { fill: var(--ink-soft, #5b6472); }</style>${heading}${body}</svg>`;
}
