// Colors of pages by role, as custom properties of CSS: light and dark.

import {
  DARK_CARD,
  DARK_SERIES,
  LIGHT_CARD,
  LIGHT_SERIES,
  paletteDeclarations,
} from './palette.ts';

/** The light scheme's declarations; paper has no other. */
export const LIGHT_THEME = `--paper: #f6f7f8; --card: ${LIGHT_CARD}; --ink: #1b2027; --ink-soft: #59626f; --rule: #dde1e6;
  --good: #0f6b4f; --good-wash: #e4f4ed; --bad: #b3261e; --bad-wash: #fdeae8; --note: #3c4a5c; --note-wash: #eaeff5; --shade: #0f172a33; --edge: #8a93a0;
  ${paletteDeclarations(LIGHT_SERIES)} --series-none: #44546a;`;

const DARK = `--paper: #111418; --card: ${DARK_CARD}; --ink: #e8eaed; --ink-soft: #a2abb8; --rule: #2f353e;
  --good: #5fd3a6; --good-wash: #15302a; --bad: #ff8a80; --bad-wash: #3a1a1a; --note: #b9c6d6; --note-wash: #212934; --shade: #00000099; --edge: #7d8794;
  ${paletteDeclarations(DARK_SERIES)} --series-none: #b4c2d4;`;

/** Declares them, by the reader's scheme. */
export const THEME_STYLE = `:root { color-scheme: light dark; ${LIGHT_THEME} }
@media (prefers-color-scheme: dark) { :root { ${DARK} } }`;
