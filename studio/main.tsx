// The studio's application in a page.

import { render } from 'preact';
import { config } from 'zod';
import { THEME_STYLE } from '../src/chart/theme.ts';
import { SECTION_STYLE } from '../src/report/section-style.ts';
import { App } from './app.tsx';
import { openClient } from './client.ts';
import { openFileClient } from './file-client.ts';
import { createStore } from './store.ts';
import 'uplot/dist/uPlot.min.css';
import './style.css';

// Schemas would probe for `eval`, which the page's policy forbids.
config({ jitless: true });

document.adoptedStyleSheets = [THEME_STYLE, `.report { ${SECTION_STYLE} }`].map((text) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return sheet;
});

const mark = document.querySelector<HTMLMetaElement>('meta[name="studio-data"]');
const client =
  mark?.content === 'files'
    ? openFileClient(document.baseURI)
    : openClient(location, sessionStorage);
// The token does not stay in the address, where it would be copied with it.
history.replaceState(null, '', location.pathname + location.hash);
const store = createStore(client);
const root = document.getElementById('app')!;
root.replaceChildren();
render(<App store={store} client={client} />, root);
