// The result of a study of one seed for the terminal: its sources, and what a single pair can show.

import { VERDICT_WORDS } from '../../eval/index.ts';
import type { StudyReportData } from '../../report/index.ts';
import type { StudyCell, StudySummary } from '../../study/index.ts';
import { describeGate } from '../describe-gate.ts';

/** The sources of a study of one seed, as the gate found them: a few lines each. */
export function describeSources({ summary, sources }: StudyReportData): string[] {
  if (summary.seeds.length > 1) return [];
  return sources.flatMap(({ cells, tokens, gate, shipped }) => {
    const where = shipped ? 'comes with the package' : 'trained here';
    const size = tokens === null ? '' : ` on ${(tokens / 1e6).toFixed(1)} M tokens`;
    const joint = shipped && size !== '' ? ', trained' : '';
    return [`source   ${cells.join(', ')}, ${where}${joint}${size}`, ...describeGate(gate), ''];
  });
}

/** How the arms of a study of one seed ended, and what that can and cannot show; null of any other study. */
export function describeArms({ summary, sources }: StudyReportData): string | null {
  const { cells, seeds, metric } = summary;
  const compared = cells.filter(({ result }) => result !== null);
  const isSimple = seeds.length === 1 && metric.name === 'loss' && summary.contrasts.length === 0;
  if (!isSimple || sources.length === 0 || compared.length < 2) return null;
  const outcomes = cells.flatMap((cell) => {
    const source = sources.find((one) => one.cells.includes(cell.name));
    return source ? (describeOutcome(cell, summary, source.gate.verdict) ?? []) : [];
  });
  const evidence =
    'One seed at this size shows that the pipeline works and what a difference looks like; it cannot ' +
    'show that one arm is better: seeds alone move the loss by some hundredths of a nat, and no ' +
    'control was run.';
  return [...outcomes, evidence].join(' ');
}

function describeOutcome(
  { name, difference, excluded }: StudyCell,
  { baseline }: StudySummary,
  verdict: keyof typeof VERDICT_WORDS,
): string | null {
  const learned = `source ${VERDICT_WORDS[verdict]}`;
  if (excluded) {
    return `The arm ${name} was left out: its ${learned}, and requireGate asks for more.`;
  }
  if (difference === null) return null;
  const other = Object.values(baseline).join(' ');
  const nats = difference.mean;
  const size = `its held-out loss ends ${Math.abs(nats).toFixed(3)} nats per token`;
  const end =
    Math.abs(nats) < 0.0005
      ? `ends level with ${other}`
      : nats < 0
        ? `does better than ${other}: ${size} lower`
        : `does worse than ${other}: ${size} higher`;
  return `The arm ${name}, whose ${learned}, ${end}.`;
}
