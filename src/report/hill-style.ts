// Rules of the hill's page, after those of every page.

export const HILL_STYLE = `
.about { font-size: 14px; color: var(--ink-soft); }
.soft { color: var(--ink-soft); font-weight: 400; }
.long { max-height: 620px; overflow: auto; }
.long thead th { position: sticky; top: 0; background: var(--card); z-index: 1; }
#hill { font-size: 14px; }
#hill th, #hill td { padding: 6px 16px 6px 0; }
#hill td:nth-child(2), #hill td:nth-child(3) { overflow-wrap: break-word; min-width: 7.5em; max-width: 22em; }
#hill a { color: inherit; text-decoration-color: var(--ink-soft); text-underline-offset: 2px; }
#hill th button { all: unset; cursor: pointer; font: inherit; color: inherit; white-space: nowrap; }
#hill th button:focus-visible { outline: 2px solid var(--series-1); outline-offset: 2px; }
#hill th[aria-sort] button { color: var(--ink); }
#hill th[aria-sort=ascending] button::after { content: " ↑"; }
#hill th[aria-sort=descending] button::after { content: " ↓"; }
.filter { display: block; margin: 16px 0 -4px; font-size: 14px; color: var(--ink-soft); }
.filter input { display: block; width: 100%; max-width: 320px; margin-top: 4px; padding: 7px 10px; font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--ink-soft); border-radius: 6px; }
.hill-legend { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 10px; font-size: 13px; color: var(--ink-soft); }
.scale { width: 180px; height: 12px; border-radius: 3px; border: 1px solid var(--rule); background: linear-gradient(to right, var(--series-2), var(--card), var(--series-1)); }
.matrix { width: auto; font-size: 13px; }
.matrix th, .matrix td { padding: 5px 6px; text-align: right; border: 1px solid var(--rule); min-width: 34px; }
.matrix thead th { text-align: center; }
.matrix tbody tr:last-child > * { border-bottom: 1px solid var(--rule); }
.matrix th[scope=row], .matrix thead th:first-child { position: sticky; left: 0; z-index: 1; text-align: left; background: var(--card); min-width: 110px; max-width: 240px; overflow-wrap: anywhere; }
.matrix .up { background: color-mix(in srgb, var(--series-1) var(--m), var(--card)); }
.matrix .down { background: color-mix(in srgb, var(--series-2) var(--m), var(--card)); }
.picture { margin: 16px 0; padding: 12px; max-height: 90vh; overflow: auto; background: var(--card); border: 1px solid var(--rule); border-radius: 8px; }
.picture img { display: block; image-rendering: pixelated; max-width: none; outline: 1px solid var(--rule); cursor: crosshair; }
.pair { margin: 12px 0; padding: 12px 16px; background: var(--card); border: 1px solid var(--rule); border-radius: 8px; font-size: 15px; }
.pair label { display: inline-block; margin: 0 14px 8px 0; font-size: 13px; color: var(--ink-soft); }
.pair select { display: block; max-width: min(300px, 78vw); margin-top: 3px; padding: 6px; font: inherit; font-size: 14px; color: var(--ink); background: var(--paper); border: 1px solid var(--ink-soft); border-radius: 6px; }
.pair output { display: block; min-height: 1.6em; overflow-wrap: anywhere; }
.warriors details { margin: 6px 0; }
.warriors summary { padding: 8px 14px; font-size: 15px; overflow-wrap: anywhere; }
.warriors .about, .warriors .strategy { margin: 0; padding: 0 14px 8px; max-width: none; }
.strategy { font-size: 14px; white-space: pre-wrap; }
.warriors.long { padding: 2px 10px; border: 1px solid var(--rule); border-radius: 8px; }
.lists { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 4px 28px; padding: 0 14px 10px; overflow-x: auto; align-items: start; }
.lists table { font-size: 13px; }
.lists th, .lists td { padding: 4px 10px 4px 0; }
.lists .numeric { white-space: nowrap; }
.lists .every { grid-column: 1 / -1; }
details > .about { padding: 0 18px; margin: 0 0 8px; }
#results { max-height: 400px; overflow: auto; }
@media (max-width: 600px) {
  .lists th, .lists td { padding-right: 8px; }
  .lists { padding: 0 12px 10px; }
}
@media print { .long, .picture, #results { max-height: none; overflow: visible; } .filter, .pair { display: none; } }
`;
