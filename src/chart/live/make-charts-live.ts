// Finds the charts of a page, and makes each live once it comes near the window.

import { makeChartLive } from './make-chart-live.ts';

/** How far below the window charts are made live, so that readers do not see it. */
const MARGIN = '600px';

/** Those that are live already stay as they are, so that it may be called again where charts were added. */
export function makeChartsLive(page: ParentNode): void {
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        makeChartLive(target as HTMLElement);
      }
    },
    { rootMargin: MARGIN },
  );
  for (const chart of page.querySelectorAll('[data-chart=""]')) observer.observe(chart);
}
