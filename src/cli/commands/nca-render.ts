// `primordia nca render`: rollouts of random rules as a picture, a row per band.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { plural } from '../../core/index.ts';
// Not from the index, which loads the drawing of charts and takes a second.
import {
  checkRolloutFile,
  ROLLOUT_FORMATS,
  type RolloutFormat,
  rolloutFormatOf,
  writeRollouts,
} from '../../report/write-rollouts.ts';
import {
  NCA_DEFAULTS,
  type NcaBandExamples,
  type NcaOptions,
  type RatioBounds,
  resolveBand,
  resolveNcaOptions,
  SIX_BANDS,
  sampleNcaBands,
} from '../../worlds/nca/index.ts';
import { addCommonOptions, type CommonOptions, parseInteger } from '../common-options.ts';
import { addNcaOptions, type NcaFlags, parseInterval, readNcaOptions } from '../nca-options.ts';
import { createOutput } from '../output.ts';
import { createWorkProgress } from '../progress/work-progress.ts';

type Options = CommonOptions &
  NcaFlags & {
    readonly out: string;
    readonly format?: RolloutFormat;
    readonly frames?: number;
    readonly rules?: number;
    readonly scale?: number;
    readonly delay: number;
    readonly seed: number;
    readonly tries?: number;
    readonly bands?: RatioBounds[];
    readonly rule?: number[];
  };

/** A sheet shows all frames beside each other, so it has room for fewer of them, and for fewer rules. */
const SHEET = { rules: 3, frames: 8 };
const ANIMATION_RULES = 6;

export function addNcaRender(nca: Command, exit: (code: number) => void): void {
  const command = nca
    .command('render')
    .description('draw simulations under random rules, a row per band of gzip ratios')
    .requiredOption('--out <file>', 'file to write: .png (film strips), .gif or .html (animated)')
    .addOption(
      new Option('--format <name>', 'format (default: by the ending of the name)').choices(
        ROLLOUT_FORMATS,
      ),
    )
    .option('--rules <n>', 'rules in each band (default: 3 in a PNG, else 6)', parseCount)
    .option(
      '--frames <n>',
      'frames of each simulation (default: 8 in a PNG, else those of a sequence)',
      parseCount,
    )
    .option('--scale <n>', 'pixels along the side of a cell (default: as fits)', parseCount)
    .option('--delay <ms>', 'time per frame, in ms', parseCount, 150)
    .option('--bands <lo:hi...>', 'bands to draw (default: the six of inspect)', parseBands)
    .option(
      '--tries <n>',
      'most random rules to draw (default: 2000, down to 200 on large grids)',
      parseCount,
    )
    .addOption(
      new Option('--rule <n...>', 'draw the rules of these numbers, as the studio shows them')
        .argParser(parseNumbers)
        .conflicts(['bands', 'rules', 'tries', 'band', 'percentile']),
    )
    .option('--seed <n>', 'seed of the rules', parseInteger, 0);
  addNcaOptions(command).addHelpText(
    'after',
    `
With --band or --percentile, and without --bands, that band is the only row.

Examples:
  primordia nca render --out rollouts.html
  primordia nca render --out sheet.png --colors 4 --grid 8 --rules 4 --frames 6
  primordia nca render --out loop.gif --bands 0.2:0.4 0.5:1 --seed 3
  primordia nca render --out rule.html --rule 17`,
  );
  addCommonOptions(command).action((options: Options) => {
    const output = createOutput(options);
    const format = options.format ?? rolloutFormatOf(options.out);
    checkRolloutFile(options.out);
    const isSheet = format === 'png';
    const progress = createWorkProgress(output, 'rules', { isQuick: true });
    const given = fitSequence(readNcaOptions(options));
    const frames = options.frames ?? (isSheet ? SHEET.frames : undefined);
    const examples = sampleNcaBands(given, {
      ...(options.rule
        ? { numbers: options.rule }
        : {
            bands: options.bands ?? chosenBands(given),
            perBand: options.rules ?? (isSheet ? SHEET.rules : ANIMATION_RULES),
          }),
      ...(frames === undefined ? {} : { frames }),
      seed: options.seed,
      ...(options.tries === undefined ? {} : { tries: options.tries }),
      onProgress: (drawn, tries) => progress(drawn, null, { details: [`at most ${tries}`] }),
    });
    const bytes = writeRollouts(options.out, examples, format, {
      delayMs: options.delay,
      ...(options.scale === undefined ? {} : { scale: options.scale }),
    });
    const value = { out: options.out, format, bytes, ...summarize(examples) };
    output.result(value, describe(options.out, bytes, examples));
    exit(0);
  });
}

/** A picture needs no tokens, so the sequence grows if the frames of a large grid do not fit the default length. */
function fitSequence(given: Partial<NcaOptions>): Partial<NcaOptions> {
  const { grid, patch, sequenceLength } = { ...NCA_DEFAULTS, ...given };
  const tokens = SHEET.frames * (Math.ceil(grid / patch) ** 2 + 2);
  return given.sequenceLength === undefined && tokens > sequenceLength
    ? { ...given, sequenceLength: tokens }
    : given;
}

/** The row of the world's own band if one was requested, otherwise the six bands. */
function chosenBands(given: Partial<NcaOptions>): readonly RatioBounds[] {
  const { band } = given;
  if (band === undefined || band.kind === 'none' || band.kind === 'default') return SIX_BANDS;
  const options = resolveNcaOptions(given);
  return [band.kind === 'absolute' ? band : (resolveBand(options) ?? band)];
}

/** What was drawn, without the cells. */
function summarize({ drawn, frames, seed, bands }: NcaBandExamples) {
  return {
    seed,
    frames,
    drawn,
    bands: bands.map(({ low, high, samples }) => ({
      lo: low,
      hi: Number.isFinite(high) ? high : null,
      samples: samples.map(({ rule, ratio }) => ({ rule, ratio })),
    })),
  };
}

function describe(out: string, bytes: number, { drawn, bands }: NcaBandExamples): string {
  const empty = bands.filter(({ samples }) => samples.length === 0);
  const rows = plural(bands.length, 'band');
  const remark = empty.length === 0 ? '' : `, ${empty.length} of them empty`;
  return `${out}: ${rows}${remark}, ${plural(drawn, 'rule')} drawn, ${Math.ceil(bytes / 1000)} kB`;
}

function parseCount(value: string): number {
  const count = parseInteger(value);
  if (count < 1) throw new InvalidArgumentError('a whole number, 1 or more, is needed.');
  return count;
}

function parseNumbers(value: string, previous: number[] = []): number[] {
  const number = parseInteger(value);
  if (number < 0) throw new InvalidArgumentError('a whole number, 0 or more, is needed.');
  return [...previous, number];
}

function parseBands(value: string, previous: RatioBounds[] = []): RatioBounds[] {
  return [...previous, parseInterval(value)];
}
