// What a reader of a page sees from its title to its foot. Runs in Node and in browsers.

import type { ReportPage } from '../types.ts';
import { Banner } from './banner.tsx';
import { Breakable } from './breakable.tsx';
import { Contents } from './contents.tsx';
import { Facts } from './facts.tsx';
import type { DrawChart } from './figure.tsx';
import { formatDate } from './format-date.ts';
import { PageSection } from './page-section.tsx';
import { sectionIds } from './section-ids.ts';
import { Terms } from './terms.tsx';

/** Fewer sections need no list of contents. */
const LEAST_CONTENTS = 3;

export function Page({
  page,
  drawChart,
}: {
  readonly page: ReportPage;
  readonly drawChart: DrawChart;
}) {
  const { title, subtitle, facts, missing, terms, sections, footer } = page;
  const ids = sectionIds(sections);
  return (
    <div class="page">
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header>
        <p class="title">
          <Breakable text={title} />
        </p>
        <Origin page={page} />
        <h1 class="headline">{subtitle}</h1>
        {missing && missing.length > 0 && (
          <Banner tone="note" heading="Not finished. What is missing:" items={missing} />
        )}
        {facts.length > 0 && <Facts facts={facts} />}
        {terms && terms.length > 0 && <Terms terms={terms} />}
      </header>
      {sections.length >= LEAST_CONTENTS && <Contents sections={sections} ids={ids} />}
      <main id="main">
        {sections.map((section, i) => (
          <PageSection key={ids[i]!} id={ids[i]!} section={section} drawChart={drawChart} />
        ))}
      </main>
      <footer>{footer}</footer>
    </div>
  );
}

/** Where the page comes from: the folder or file, and when it was begun. */
function Origin({ page: { folder, date } }: { readonly page: ReportPage }) {
  if (folder === undefined && date === undefined) return null;
  return (
    <p class="origin">
      {folder !== undefined && (
        <>
          Folder{' '}
          <code>
            <Breakable text={folder} />
          </code>
        </>
      )}
      {folder !== undefined && date !== undefined && ' · '}
      {date !== undefined && (
        <>
          begun on <time dateTime={date}>{formatDate(date)}</time>
        </>
      )}
    </p>
  );
}
