// Runs, studies or races beside one another. Which ones, the address says.

import type { PageProps } from '../../pages.ts';
import { Failed } from '../../parts/failed.tsx';
import { ReportView } from '../../parts/report-view.tsx';
import { SavePage } from '../../parts/save-page.tsx';
import { addressOf } from '../../routes.ts';
import { useAnswer } from '../../use-answer.ts';

export function ComparePage({ query, ...props }: PageProps) {
  const ids = query.getAll('run');
  if (!props.client.isLive) {
    return (
      <section class="empty">
        <h1>Compare</h1>
        <p>
          This is a copy of a studio, which has the comparisons of its studies, and makes no others:
          see the pages of studies in <a href={addressOf('runs')}>the list of runs</a>.
        </p>
      </section>
    );
  }
  if (ids.length >= 2) return <Comparison ids={ids} {...props} />;
  return (
    <section class="empty">
      <h1>Compare</h1>
      <p>
        Choose two runs at least in <a href={addressOf('runs')}>the list of runs</a>: training runs,
        studies or arms races, of one kind.
      </p>
    </section>
  );
}

function Comparison({
  ids,
  store,
  client,
}: Pick<PageProps, 'store' | 'client'> & { readonly ids: readonly string[] }) {
  const facts = ids.map((id) => store.folders.value.get(id));
  const stamp = facts.map((one) => `${one?.state} ${one?.loss}`).join();
  const subject = JSON.stringify(ids);
  const asked = useAnswer((signal) => client.comparison(ids, signal), subject, stamp).value;
  if (asked.kind === 'failed') return <Failed heading="These cannot be compared" {...asked} />;
  if (asked.kind === 'waiting') return <p class="waiting">Comparing…</p>;
  return (
    <>
      <h1>{asked.value.title}</h1>
      <nav class="links" aria-label="What is compared">
        {ids.map((id, i) => (
          <a key={id} href={addressOf('run', id)}>
            {facts[i]?.place ?? id}
          </a>
        ))}
        <SavePage client={client} ids={ids} name="comparison" />
      </nav>
      <ReportView page={asked.value} />
    </>
  );
}
