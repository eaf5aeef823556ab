// The report of a run: source world, gate, language arms against scratch, samples, and what it takes to repeat it.

import { VERDICT_WORDS, type Verdict } from '../eval/index.ts';
import { compareArms } from '../run/index.ts';
import { renderReport } from './html.ts';
import { describeLanguage } from './language-section.ts';
import { describeProvenance } from './provenance-section.ts';
import { describeSource, verdictTone } from './source-section.ts';
import type { Block, RunReportData, Section } from './types.ts';
import { listFacts, nameSource, writeHeadline } from './verdict.ts';

/**
 * A run as a self-contained HTML page. Parts that the data do not have are left out; what the
 * source has learned is said first. Losses are in nats per token, frames are counted from 0.
 */
export function buildRunReport(data: RunReportData): string {
  const summaries = compareArms(data.arms);
  const sections: Section[] = [
    describeVerdict(data),
    ...(data.arms.length === 0 ? [] : [describeLanguage(data.arms, summaries)]),
    ...data.sources.map(describeSource),
    ...describeSamples(data.samples ?? []),
    describeProvenance(data),
  ];
  return renderReport({
    title: data.title,
    subtitle: writeHeadline(data, summaries),
    facts: listFacts(data, summaries),
    sections,
    footer: 'Written by Primordia. Losses are natural-log cross-entropy, in nats per token.',
  });
}

/** What a transfer from a model with such a verdict can show. */
export const TRANSFER_LIMITS: Record<Verdict, string> = {
  nothing:
    'Whatever differs between arms does not come from the source world, of which nothing was learned.',
  statistics:
    'A difference between arms can come from learned statistics, from the scale of the weights or from chance; it says nothing about dynamics, and a null result neither.',
  dynamics:
    'Dynamics were learned; whether they help takes controls: shuffled sequences, permuted weights, other structure.',
};

function describeVerdict({ sources, sentence }: RunReportData): Section {
  const blocks: Block[] = sources.map((source) => {
    const { gate, world, refused } = source;
    return {
      kind: 'banner',
      tone: verdictTone(gate),
      heading: `${nameSource(source)} ${VERDICT_WORDS[gate.verdict]}: ${world}`,
      items: [
        ...gate.reasons,
        refused
          ? 'requireGate asks for more: the text stage was not begun.'
          : TRANSFER_LIMITS[gate.verdict],
      ],
    };
  });
  blocks.push({ kind: 'banner', tone: 'note', heading: sentence });
  return { heading: 'What this run can show', blocks };
}

function describeSamples(samples: NonNullable<RunReportData['samples']>): Section[] {
  if (samples.length === 0) return [];
  return [
    {
      heading: 'Samples',
      text: 'Text that the model wrote; the prompt is marked.',
      blocks: samples.map(({ prompt, text }): Block => ({ kind: 'sample', prompt, text })),
    },
  ];
}
