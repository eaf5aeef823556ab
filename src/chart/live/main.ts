// The program that runs in a page: the build bundles it into dist/chart/live.js.

import { makeChartsLive } from './make-charts-live.ts';

makeChartsLive(document);
