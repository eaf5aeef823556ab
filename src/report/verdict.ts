// What a run comes to, in one sentence and a handful of figures.

import { VERDICT_WORDS } from '../eval/index.ts';
import { type ArmComparison, BASELINE } from '../run/index.ts';
import {
  formatCompact,
  formatDuration,
  formatNumber,
  formatPercent,
  formatSigned,
  formatSignedPercent,
} from './format.ts';
import { extentOf, splitAtGaps } from './points.ts';
import type { Point, ReportGate, ReportSource, RunReportData } from './types.ts';

/** The headline: what the source has learned, then each arm against scratch. */
export function writeHeadline(data: RunReportData, summaries: readonly ArmComparison[]): string {
  const parts = data.sources.map(writeSourceResult);
  const language = writeLanguageResult(summaries);
  if (language !== undefined) parts.push(language);
  else if (parts.length > 0) parts.push('No language result yet.');
  return parts.length === 0 ? 'No results yet.' : parts.join(' ');
}

function describeGate({ verdict, control }: ReportGate): string {
  return control ? `${verdict} (control)` : verdict;
}

function writeSourceResult(source: ReportSource): string {
  const { world, gate } = source;
  const { bestBlind } = gate;
  const against =
    bestBlind === null
      ? ''
      : `, against ${formatNumber(bestBlind.loss)} of the best predictor that knows no dynamics`;
  return (
    `${nameSource(source)} ${VERDICT_WORDS[gate.verdict]} (${world}): ` +
    `${formatNumber(gate.loss)} nats per target, held out${against}.`
  );
}

/** The subject of a sentence on the source. */
export function nameSource({ name, shipped, gate: { control } }: ReportSource): string {
  const kind = shipped ? 'The shipped source' : 'The source model';
  const named = name === undefined ? kind : `${kind} of ${name}`;
  return control ? `${named}, of a control,` : named;
}

function writeLanguageResult(summaries: readonly ArmComparison[]): string | undefined {
  const measured = summaries.filter(({ loss }) => loss !== null);
  if (measured.length === 0) return undefined;
  const scratch = measured.find(({ name }) => name === BASELINE);
  const others = measured.filter(({ difference }) => difference !== null);
  if (scratch === undefined || others.length === 0) {
    const list = measured.map(({ name, loss }) => `${name} ${formatNumber(loss)}`).join(', ');
    return `Held-out text loss in nats per token: ${list}.`;
  }
  const [first] = others;
  if (others.length === 1 && first !== undefined) {
    const { nats, fraction, interval, pairs } = first.difference!;
    const size = `${formatNumber(Math.abs(nats))} nats per token (${formatPercent(Math.abs(fraction))})`;
    const side = compareWords(nats, size);
    return `${first.name} ends ${side} ${BASELINE}${writeSpan(interval, pairs)}.`;
  }
  const list = others.map(({ name, difference }) => {
    const { nats, fraction } = difference!;
    return `${name} ${formatSigned(nats)} (${formatSignedPercent(fraction)})`;
  });
  return `Held-out text loss against ${BASELINE} (${formatNumber(scratch.loss)} nats per token): ${list.join(', ')}${writePairs(others)}.`;
}

function writePairs(arms: readonly ArmComparison[]): string {
  const pairs = arms.map(({ difference }) => difference!.pairs);
  const fewest = Math.min(...pairs);
  if (fewest === 1) return Math.max(...pairs) === 1 ? ', under one seed' : '';
  return `; means over ${fewest === Math.max(...pairs) ? fewest : `at least ${fewest}`} paired seeds`;
}

function compareWords(nats: number, size: string): string {
  if (Math.abs(nats) < 0.0005) return 'level with';
  return nats < 0 ? `${size} below` : `${size} above`;
}

function writeSpan(interval: readonly [number, number] | null, pairs: number): string {
  if (interval === null) return ', under one seed';
  const zero = interval[0] <= 0 && interval[1] >= 0 ? ', which includes zero' : '';
  return `, over ${pairs} paired seeds; 95 % interval ${formatSigned(interval[0])} to ${formatSigned(interval[1])}${zero}`;
}

/** The cards under the headline; what is not known has none. */
export function listFacts(
  data: RunReportData,
  summaries: readonly ArmComparison[],
): [string, string][] {
  const facts: [string, string][] = [];
  const scratch = summaries.find(({ name }) => name === BASELINE);
  if (scratch?.loss != null) {
    facts.push([`${BASELINE}, held-out loss`, formatNumber(scratch.loss)]);
  }
  for (const { name, loss } of summaries.filter((arm) => arm.name !== BASELINE).slice(0, 3)) {
    if (loss !== null) facts.push([`${name}, held-out loss`, formatNumber(loss)]);
  }
  for (const { name, world, gate } of data.sources) {
    facts.push([`Gate (${name === undefined ? world : `${name}: ${world}`})`, describeGate(gate)]);
  }
  const textTokens = lastTokens(data.arms.flatMap(({ curve, trainCurve }) => [curve, trainCurve]));
  if (textTokens !== null) facts.push(['Text tokens an arm', formatCompact(textTokens)]);
  for (const { name, shipped, curve, trainCurve } of data.sources) {
    const sourceTokens = shipped?.tokens ?? lastTokens([curve, trainCurve]);
    const label = name === undefined ? 'Source tokens' : `Source tokens, ${name}`;
    if (sourceTokens !== null) facts.push([label, formatCompact(sourceTokens)]);
  }
  const seeds = new Set(data.arms.map(({ seed }) => seed));
  if (seeds.size > 0) facts.push(['Seeds', `${seeds.size}`]);
  if (data.seconds !== null) facts.push(['Wall time', formatDuration(data.seconds)]);
  return facts;
}

function lastTokens(curves: readonly (readonly Point[])[]): number | null {
  const extent = extentOf(curves.flatMap((curve) => splitAtGaps(curve).flat()).map(([x]) => x));
  return extent === undefined ? null : extent[1];
}
