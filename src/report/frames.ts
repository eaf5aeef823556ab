// Frames of a world in rows: what happened, what a model predicted, where it was right.

import { h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { cleanText } from '../chart/format.ts';
import { pngDataUri } from '../image/index.ts';
import { FrameSheetView } from './components/frame-sheet.tsx';
import type { FrameSheet } from './types.ts';

/**
 * A sheet of frames as markup for a report: a row a label, a column a frame, each frame an embedded PNG that is enlarged
 * without smoothing. Frames of a sheet have one width; null leaves a dashed place.
 *
 * @throws UserError when a frame's data do not fit its width and height
 */
export function frameSheet(sheet: FrameSheet): string {
  const rows = sheet.rows.filter(({ frames }) => frames.length > 0);
  const columns = Math.max(0, ...rows.map(({ frames }) => frames.length));
  const view = h(FrameSheetView, {
    title: sheet.title,
    columnLabels: Array.from(
      { length: columns },
      (_, i) => sheet.columnLabels?.[i] ?? (sheet.columnLabels === undefined ? `${i}` : ''),
    ),
    rows: rows.map(({ frames, ...row }) => ({
      ...row,
      frames: frames.map(
        (frame) => frame && { uri: pngDataUri(frame), width: frame.width, height: frame.height },
      ),
    })),
  });
  return cleanText(renderToString(view));
}
