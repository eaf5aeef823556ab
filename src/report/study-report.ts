// The report of a study: verdict, every corpus with its arms, the sources and their gates, and what repeats it.

import type { StudySource, StudySummary } from '../run/index.ts';
import { formatCompact, formatDuration, formatNumber, formatSigned } from './format.ts';
import { renderReport } from './html.ts';
import { describeProvenance, type Provenance } from './provenance-section.ts';
import { describeCorpus } from './study-corpus-section.ts';
import {
  describeComparisons,
  describeCorpusVerdict,
  describeLearned,
  listExcludedArms,
  writeStudyHeadline,
} from './study-verdict.ts';
import type { Block, Cell, Section } from './types.ts';

export type StudyReportData = Provenance & { readonly summary: StudySummary };

/**
 * A study as a self-contained HTML page; runs may be missing. Losses are in nats per token. An arm that requireGate leaves out is
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
  const excluded = listExcludedArms(summary);
  const learned = describeLearned(summary);
  const blocks: Block[] = [];
  if (excluded.length > 0) {
    blocks.push({
      kind: 'banner',
      tone: 'bad',
      heading: `Left out by requireGate: ${excluded.join(', ')}`,
      items: [
        ...describeFailedSources(sources),
        'These arms take no part in any mean, comparison or verdict; their runs are marked below.',
      ],
    });
  }
  if (learned !== '') {
    blocks.push({
      kind: 'banner',
      tone: 'note',
      heading: learned,
      items: [
        'A transfer shows no more than its source has learned: from statistics alone, neither a gain nor a null result says anything about dynamics.',
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

/** The sources that failed, with the seeds, and the first one's reasons. */
function describeFailedSources(sources: readonly StudySource[]): string[] {
  const failed = sources.filter((source) => source.failed);
  return [...new Set(failed.map(({ name }) => name))].map((name) => {
    const own = failed.filter((source) => source.name === name);
    const seeds = own.map(({ seed }) => seed).join(', ');
    const all = sources.filter((source) => source.name === name).length;
    const { seed, gate, requireGate } = own[0]!;
    return `Source ${name}: less than ${requireGate} under ${own.length} of ${all} seeds (${seeds}). Under seed ${seed}, ${gate!.verdict}: ${gate!.reasons.join(' ')}`;
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
  const rows = sources.map(({ name, corpus, seed, gate, superseded, tokens, finished }): Cell[] => [
    corpus === null ? name : `${name} (${corpus})`,
    `${seed}`,
    finished ? nameOutcome(gate, superseded) : 'not done',
    formatNumber(gate?.loss),
    formatNumber(gate?.bestGlobal?.loss),
    formatNumber(gate?.bestBlind?.loss),
    formatNumber(gate?.bestLookup?.loss),
    gate === null ? '–' : formatMargin(gate),
    gate?.shuffledFrame
      ? formatSigned(gate.shuffledFrame.shuffledLoss - gate.shuffledFrame.loss)
      : '–',
    formatCompact(tokens),
  ]);
  const byName = (a: number, b: number) =>
    sources[a]!.name === sources[b]!.name ? a - b : firstOf(a) - firstOf(b);
  const firstOf = (i: number) => sources.findIndex(({ name }) => name === sources[i]!.name);
  const numeric = true;
  return [
    {
      heading: 'Sources',
      text: 'The models that arms begin with. Only a model that predicts held-out sequences better than every predictor that knows no dynamics has learned more than statistics.',
      blocks: [
        {
          kind: 'table',
          columns: [
            { label: 'Source' },
            { label: 'Seed', numeric },
            { label: 'Gate' },
            { label: 'Held-out loss, nats', numeric },
            { label: 'Best global', numeric },
            { label: 'Best blind', numeric },
            { label: 'Best look-up', numeric },
            { label: 'Margin to blind', numeric },
            { label: 'Frame shuffled', numeric },
            { label: 'Tokens', numeric },
          ],
          rows: [...rows.keys()].sort(byName).map((i) => rows[i]!),
          caption:
            'Losses of predictors are those of the best of a kind: global frequencies; counts without dynamics; look-ups of the neighborhood. Margin: the model’s loss minus the best blind one’s ± half its 95 % interval over sequences. Frame shuffled: what the loss rises by where the frame before is shuffled.',
        },
      ],
    },
  ];
}

function nameOutcome(gate: StudySource['gate'], superseded: boolean): string {
  if (superseded) return 'not judged: its gate had fewer predictors';
  if (gate === null) return '–';
  return gate.control ? `${gate.verdict} (control)` : gate.verdict;
}

function formatMargin({ margin }: NonNullable<StudySource['gate']>): string {
  const { mean, interval } = margin;
  const half = interval === null ? '' : ` ± ${formatNumber((interval[1] - interval[0]) / 2)}`;
  return `${formatSigned(mean)}${half}`;
}
