// `primordia nca inspect`: how complex the random rules of a world are, and what each band of them holds.

import type { Command } from 'commander';
import { plural } from '../../core/index.ts';
import { inspectNca, type NcaBandStatistics, type NcaInspection } from '../../worlds/nca/index.ts';
import { addCommonOptions, type CommonOptions, parseInteger } from '../common-options.ts';
import { addNcaOptions, type NcaFlags, readNcaOptions } from '../nca-options.ts';
import { createOutput, formatTable } from '../output.ts';
import { createWorkProgress } from '../progress/work-progress.ts';

type Options = CommonOptions & NcaFlags & { readonly rules: number; readonly seed: number };

export function addNcaInspect(nca: Command, exit: (code: number) => void): void {
  const command = nca
    .command('inspect')
    .description(
      'the band table: random rules by gzip ratio, and what simulations in each band hold',
    )
    .option('--rules <n>', 'random rules to draw', parseInteger, 500)
    .option('--seed <n>', 'seed of the rules', parseInteger, 0);
  addNcaOptions(command).addHelpText(
    'after',
    `
Examples:
  primordia nca inspect
  primordia nca inspect --colors 4 --grid 8 --rules 2000
  primordia nca inspect --colors 2 --percentile 30:90 --json
  primordia nca inspect --band 0.3:0.4 --filter rule`,
  );
  addCommonOptions(command).action((options: Options) => {
    const output = createOutput(options);
    const found = inspectNca(readNcaOptions(options), {
      rules: options.rules,
      seed: options.seed,
      onProgress: createWorkProgress(output, 'rules', { isQuick: true }),
    });
    output.result(found, describeInspection(found));
    exit(0);
  });
}

/** The inspection as a table with a word on each column. */
function describeInspection(found: NcaInspection): string {
  const { options, bands, kept, all } = found;
  const head = ['gzip ratio', 'rules', 'share', '95 % interval', 'copy', 'distinct', '3x3 seen'];
  const rows = bands.map((band, i) => {
    const middle = i === bands.length - 1 ? `from ${band.lo}` : `${band.lo} to ${band.hi}`;
    return describeRow(i === 0 ? `below ${band.hi}` : middle, band);
  });
  const world =
    `${options.colors} colors, grid ${options.grid}, patch ${options.patch}, ` +
    `temperature ${options.temperature}, burn-in ${options.burnIn}, dt ${options.dt}`;
  return [
    `${plural(found.rules, 'random rule')} of seed ${found.seed}: ${world}`,
    '',
    formatTable([
      [...head, 'Zipf', 'bits/token'],
      ...rows,
      describeRow('all', all, '–'),
      describeRow('kept', kept),
    ]),
    '',
    `kept      ${describeBand(found)}: ${describeKept(found)}`,
    ...describeOutside(found),
    `reached   ratios ${found.min.toFixed(3)} to ${found.max.toFixed(3)}, median ${found.median.toFixed(3)}`,
    '',
    'copy      tokens that equal the one at their place in the previous frame',
    `distinct  tokens of the ${found.tokensPerRule} in a sequence without delimiters`,
    '3x3 seen  neighborhoods of the last frame that occur in an earlier frame',
    'Zipf      exponent over the 1,000 most frequent tokens; bits/token: unigram entropy',
  ].join('\n');
}

function describeRow(name: string, found: NcaBandStatistics, error = interval(found)): string[] {
  const number = (value: number | null, digits: number) => value?.toFixed(digits) ?? '–';
  return [
    name,
    `${found.rules}`,
    percent(found.share),
    error,
    found.repeated === null ? '–' : percent(found.repeated),
    number(found.distinctTokens, 1),
    found.neighbourhoodsSeen === null ? '–' : percent(found.neighbourhoodsSeen),
    number(found.zipfSlope, 2),
    number(found.unigramEntropy, 2),
  ];
}

function describeBand({ options, kept }: NcaInspection): string {
  const { band } = options;
  if (band.kind === 'none') return 'no band';
  const ratios = `ratios ${round(kept.lo)} to ${kept.hi === null ? 'any' : round(kept.hi)}`;
  return band.kind === 'absolute' ? ratios : `percentiles ${band.low} to ${band.high}, ${ratios}`;
}

function describeKept({ rules, kept }: NcaInspection): string {
  if (kept.rules > 0) return `${percent(kept.share)} of the rules (${interval(kept)})`;
  return `none of ${plural(rules, 'rule')}; choose a band within what they reach`;
}

/** The band checked again in what is trained on. */
function describeOutside({ options, kept, outsideBand }: NcaInspection): string[] {
  const { share, shareInterval, sequences } = outsideBand;
  if (options.band.kind === 'none' || share === null || shareInterval === null) return [];
  if (options.filter === 'sequence') return ['outside   no sequence: each is judged itself'];
  const [low, high] = shareInterval;
  return [
    `outside   ${percent(share)} of the sequences (${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)} %): ` +
      `${sequences} of ${kept.rules}; rules are judged by another simulation than the one trained on`,
  ];
}

function round(value: number | null): string {
  return `${Number((value ?? 0).toFixed(3))}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function interval({ shareInterval: [low, high] }: NcaBandStatistics): string {
  return `${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)} %`;
}
