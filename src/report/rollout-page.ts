// Rollouts by band as a page that plays them: one HTML file that loads nothing, with a small script inside.

import { createHash } from 'node:crypto';
import { h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { escapeMarkup } from '../chart/format.ts';
import { plural } from '../core/index.ts';
import { type NcaBandExamples, stateColor } from '../worlds/nca/index.ts';
import { RolloutBands, type RolloutPageData } from './components/rollout-bands.tsx';
import {
  describeBand,
  describeEmptyBand,
  describeRenderCommand,
  describeWorld,
} from './describe-rollouts.ts';
import { PAGE_STYLE } from './page-style.ts';
import { PLAYER_SCRIPT } from './rollout-player.ts';

const STYLE = `
.bands { margin-top: 8px; }
.page .title { max-width: none; }
.band { display: grid; margin: 0; grid-template-columns: 8.5em 1fr; gap: 8px 16px; padding: 18px 0; border-bottom: 1px solid var(--rule); }
.band h2 { margin: 0; padding: 0; border: 0; font-size: 17px; }
.band p { margin: 2px 0 0; font-size: 14px; color: var(--ink-soft); }
.samples { display: flex; flex-wrap: wrap; gap: 14px; }
.samples figure { display: block; padding: 0; border: 0; border-radius: 0; background: none; }
.samples canvas { display: block; max-width: 100%; image-rendering: pixelated; outline: 1px solid var(--edge); }
.samples figcaption { margin-top: 3px; font-size: 13px; }
.samples .none { align-self: center; font-size: 15px; }
.controls { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; align-items: center; gap: 8px 14px; margin-top: 24px; padding: 12px 0; background: var(--paper); border-bottom: 2px solid var(--ink); }
.controls button { min-width: 5.5em; padding: 8px 14px; font: inherit; font-weight: 600; color: var(--ink); background: var(--card); border: 1px solid var(--ink-soft); border-radius: 8px; cursor: pointer; }
.controls input { flex: 1; min-width: 90px; accent-color: var(--series-1); }
.controls select { padding: 6px; font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--ink-soft); border-radius: 6px; }
.bands .lead { margin: 16px 0 0; }
.controls output { min-width: 8em; text-align: right; color: var(--ink-soft); }
.states { display: flex; flex-wrap: wrap; gap: 4px 12px; margin: 20px 0 0; padding: 0; list-style: none; font-size: 13px; color: var(--ink-soft); }
.states i { display: inline-block; width: 14px; height: 14px; margin-right: 4px; vertical-align: -2px; outline: 1px solid var(--edge); }
@media (max-width: 600px) {
  .band { grid-template-columns: 1fr; padding: 14px 0; }
  .samples { gap: 10px; }
  .controls output { min-width: 6.5em; }
}
@media print { .controls { display: none; } }
`;

/**
 * The page as HTML text. It works from a file, in a light and a dark scheme and on a phone; frames play, or follow
 * the slider. Where a browser is asked to avoid motion it starts paused.
 *
 * @param scale pixels along the side of a cell
 * @param generator what the page's `generator` says
 */
export function renderRolloutPage(
  examples: NcaBandExamples,
  scale: number,
  delayMs: number,
  generator: string,
): string {
  const hash = createHash('sha256').update(PLAYER_SCRIPT).digest('base64');
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'`;
  const data = describePage(examples, scale, delayMs);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="${escapeMarkup(generator)}">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>NCA rollouts</title>
<style>${PAGE_STYLE}${STYLE}</style>
</head>
<body>
${renderToString(h(RolloutBands, { data }))}
<script>${PLAYER_SCRIPT}</script>
</body>
</html>
`;
}

function describePage(examples: NcaBandExamples, scale: number, delayMs: number): RolloutPageData {
  const { options, frames, bands, drawn, perBand } = examples;
  const colors = Array.from({ length: options.colors }, (_, state) => stateColor(state));
  return {
    // Lines break between facts, not inside them.
    world: describeWorld(examples).replaceAll(/(?<!,) /g, '\u00a0'),
    headline: `Random rules by gzip ratio, ${perBand === 1 ? 'one' : `up to ${perBand}`} per band`,
    grid: options.grid,
    scale,
    frames,
    delayMs,
    palette: colors.map((rgb) => rgb.map((v) => v.toString(16).padStart(2, '0')).join('')),
    bands: bands.map((band) => ({
      name: describeBand(band),
      pictures: band.samples.map(({ rule, ratio, states }) => ({
        rule,
        ratio,
        cells: Buffer.from(states.cells).toString('base64'),
      })),
    })),
    empty: describeEmptyBand(drawn),
    note: `${plural(drawn, 'rule')} drawn; each picture is one simulation of ${plural(frames, 'frame')} after ${plural(options.burnIn, 'step')}, over its gzip ratio.`,
    command: describeRenderCommand(examples),
  };
}
