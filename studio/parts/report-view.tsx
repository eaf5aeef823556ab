// A report within the studio: the components of report pages, with live charts.

import { useEffect, useMemo, useRef } from 'preact/hooks';
import { chartMarkup } from '../../src/chart/chart-markup.ts';
import { drawChart } from '../../src/chart/draw-chart.ts';
import { makeChartsLive } from '../../src/chart/live/make-charts-live.ts';
import type { ChartSpec } from '../../src/chart/spec.ts';
import { Banner } from '../../src/report/components/banner.tsx';
import { Facts } from '../../src/report/components/facts.tsx';
import type { DrawChart } from '../../src/report/components/figure.tsx';
import { PageSection } from '../../src/report/components/page-section.tsx';
import { sectionIds } from '../../src/report/components/section-ids.ts';
import { Terms } from '../../src/report/components/terms.tsx';
import type { ReportAnswer } from '../../src/studio/protocol.ts';

const draw = (spec: ChartSpec, options: { readonly width: number; readonly head: false }) =>
  drawChart(spec, { document, ...options }).outerHTML;

const drawOnDocument: DrawChart = (spec, size) => chartMarkup(spec, size, draw);

/** @param without headings of sections that the page around it has in another form */
export function ReportView({
  page,
  without = [],
}: {
  readonly page: ReportAnswer;
  readonly without?: readonly string[];
}) {
  const place = useRef<HTMLDivElement>(null);
  const shown = page.sections.filter(({ heading }) => !without.includes(heading));
  const ids = sectionIds(shown);
  // Drawing charts takes a moment: only another page is drawn anew.
  const content = useMemo(
    () => (
      <>
        <p class="headline">{page.subtitle}</p>
        {page.missing && page.missing.length > 0 && (
          <Banner tone="note" heading="Not finished. What is missing:" items={page.missing} />
        )}
        {page.facts.length > 0 && <Facts facts={page.facts} />}
        {page.terms && page.terms.length > 0 && <Terms terms={page.terms} />}
        {shown.map((section, i) => (
          <PageSection key={ids[i]!} id={ids[i]!} section={section} drawChart={drawOnDocument} />
        ))}
        <p class="footer">{page.footer}</p>
      </>
    ),
    [page],
  );
  useEffect(() => {
    if (place.current) makeChartsLive(place.current);
  }, [page]);
  return (
    <div class="report" ref={place}>
      {content}
    </div>
  );
}
