// The report of a study: verdict, every corpus with its arms, the sources and their gates, and what repeats it.

import type { StudySource, StudySummary } from '../run/index.ts';
import { formatCompact, formatDuration, formatNumber, formatSigned } from './format.ts';
import { renderReport } from './html.ts';
import { describeProvenance, type Provenance } from './provenance-section.ts';
import { describeCorpus } from './study-corpus-section.ts';
import {
  describeComparisons,
  describeCorpusVerdict,
  listFailedArms,
  writeStudyHeadline,
} from './study-verdict.ts';
import type { Block, Cell, Section } from './types.ts';

export type StudyReportData = Provenance & { readonly summary: StudySummary };

/**
 * A study as a self-contained HTML page; runs may be missing. Losses are in nats per token. An arm whose gate failed is
 * named as such, and takes part in no mean and no verdict.
 */
export function buildStudyReport(data: StudyReportData): string {
  const { summary } = data;
  return renderReport({
    title: summary.name,
    subtitle: writeStudyHeadline(summary),
    facts: listStudyFacts(summary),
    sections: [
      describeVerdict(summary),
      ...summary.corpora.map((corpus) => describeCorpus(corpus, summary)),
      ...describeSources(summary.sources),
      describeProvenance(data, 'study'),
    ],
    footer:
      'Written by Primordia. Losses are natural-log cross-entropy, in nats per token; intervals are Student’s t over paired seeds.',
  });
}

function describeVerdict(summary: StudySummary): Section {
  const { corpora, baseline, description, sources } = summary;
  const failed = listFailedArms(summary);
  const blocks: Block[] = [];
  if (failed.length > 0) {
    blocks.push({
      kind: 'banner',
      tone: 'bad',
      heading: `Gate failed: ${failed.join(', ')}`,
      items: [
        ...describeFailedSources(sources),
        'A source model that has not learnt its world has nothing to transfer: these arms take no part in any mean, comparison or verdict.',
      ],
    });
  }
  blocks.push(...corpora.map((corpus) => describeCorpusVerdict(corpus, baseline)), {
    kind: 'banner',
    tone: 'note',
    heading: describeComparisons(summary),
  });
  return {
    heading: 'What this study can show',
    ...(description === '' ? {} : { text: description }),
    blocks,
  };
}

function hasFailed({ gate }: StudySource): boolean {
  return gate !== null && !gate.passed && !gate.control;
}

/** The sources that failed, with the seeds, and the first one's reasons. */
function describeFailedSources(sources: readonly StudySource[]): string[] {
  const failed = sources.filter(hasFailed);
  return [...new Set(failed.map(({ name }) => name))].map((name) => {
    const own = failed.filter((source) => source.name === name);
    const seeds = own.map(({ seed }) => seed).join(', ');
    const all = sources.filter((source) => source.name === name).length;
    return `Source ${name}: failed under ${own.length} of ${all} seeds (${seeds}). Under seed ${own[0]!.seed}: ${own[0]!.gate!.reasons.join('; ')}.`;
  });
}

function listStudyFacts(summary: StudySummary): [string, string][] {
  const { runs, seeds, corpora, comparisons, seconds } = summary;
  const arms = corpora[0]?.arms ?? [];
  const tokens = arms.flatMap(({ runs }) => runs.flatMap(({ curve }) => curve.at(-1)?.[0] ?? []));
  return [
    ['Arms', `${arms.length}`],
    ['Paired seeds', `${seeds.length}`],
    ['Corpora', `${corpora.length}`],
    ['Runs done', `${runs.finished}/${runs.total}`],
    ['Comparisons', `${comparisons}`],
    ...(tokens.length === 0
      ? []
      : [['Text tokens an arm', formatCompact(Math.max(...tokens))] satisfies [string, string]]),
    ['Time of all runs', formatDuration(seconds)],
  ];
}

function describeSources(sources: readonly StudySource[]): Section[] {
  if (sources.length === 0) return [];
  const rows = sources.map(({ name, corpus, seed, gate, tokens, finished }): Cell[] => [
    corpus === null ? name : `${name} (${corpus})`,
    `${seed}`,
    finished ? nameOutcome(gate) : 'not done',
    formatNumber(gate?.heldOutLoss),
    formatNumber(gate?.unigramLoss),
    formatNumber(gate?.copyLoss),
    gate === null
      ? '–'
      : `${formatSigned(gate.slope.mean, 4)} ± ${formatNumber(gate.slope.standardError, 4)}`,
    formatCompact(tokens),
  ]);
  const byName = (a: number, b: number) =>
    sources[a]!.name === sources[b]!.name ? a - b : firstOf(a) - firstOf(b);
  const firstOf = (i: number) => sources.findIndex(({ name }) => name === sources[i]!.name);
  const numeric = true;
  return [
    {
      heading: 'Sources',
      text: 'The models that arms begin with. Before a transfer from a world is believed, the model must predict held-out sequences better than its baselines and, where rules are to be inferred, better the more of a sequence it has read.',
      blocks: [
        {
          kind: 'table',
          columns: [
            { label: 'Source' },
            { label: 'Seed', numeric },
            { label: 'Gate' },
            { label: 'Held-out loss, nats', numeric },
            { label: 'Unigram', numeric },
            { label: 'Copy', numeric },
            { label: 'Slope of accuracy a frame', numeric },
            { label: 'Tokens', numeric },
          ],
          rows: [...rows.keys()].sort(byName).map((i) => rows[i]!),
          caption:
            'Unigram: the best guess that ignores the context. Copy: the guess that a frame repeats the one before. Slope: mean over held-out sequences ± standard error.',
        },
      ],
    },
  ];
}

function nameOutcome(gate: StudySource['gate']): string {
  if (gate === null) return '–';
  if (gate.control) return 'control';
  return gate.passed ? 'passed' : 'FAILED';
}
