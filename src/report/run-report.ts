// The report of a run: source world, gate, language arms against scratch, samples, and what it takes to repeat it.

import { compareArms } from '../run/index.ts';
import { renderReport } from './html.ts';
import { describeLanguage } from './language-section.ts';
import { describeProvenance } from './provenance-section.ts';
import { describeSource } from './source-section.ts';
import type { Block, RunReportData, Section } from './types.ts';
import { hasFailed, listFacts, writeHeadline } from './verdict.ts';

/**
 * A run as a self-contained HTML page. Parts that the data do not have are left out; a gate that
 * failed is said first. Losses are in nats per token, frames are counted from 0.
 */
export function buildRunReport(data: RunReportData): string {
  const summaries = compareArms(data.arms);
  const sections: Section[] = [
    describeVerdict(data),
    ...(data.arms.length === 0 ? [] : [describeLanguage(data.arms, summaries)]),
    ...(data.source === undefined ? [] : [describeSource(data.source)]),
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

function describeVerdict({ source, sentence }: RunReportData): Section {
  const blocks: Block[] = [];
  if (source !== undefined && hasFailed(source.gate)) {
    blocks.push({
      kind: 'banner',
      tone: 'bad',
      heading: `The gate failed: what follows says nothing about transfer from ${source.world}`,
      items: [
        ...source.gate.reasons,
        'A difference between arms can then not come from rules learnt in the source world.',
      ],
    });
  }
  if (source?.gate.control === true) {
    blocks.push({
      kind: 'banner',
      tone: 'note',
      heading: `The source world is a control: ${source.world}`,
      items: source.gate.reasons,
    });
  }
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
