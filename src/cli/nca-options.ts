// The options of an NCA world on the command line, which all commands of `primordia nca` share.

import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  NCA_DEFAULTS,
  NCA_FILTERS,
  type NcaBand,
  type NcaFilter,
  type NcaOptions,
} from '../worlds/nca/index.ts';
import { parseInteger, parseNumber } from './common-options.ts';

type Interval = { readonly low: number; readonly high: number };

/** The flags as commander parses them; those not given are absent. */
export type NcaFlags = {
  readonly colors?: number;
  readonly grid?: number;
  readonly patch?: number;
  readonly features?: number;
  readonly hidden?: number;
  readonly temperature?: number;
  readonly identityBias?: number;
  readonly burnIn?: number;
  readonly dt?: number;
  readonly channelPadding?: NcaOptions['channelPadding'];
  readonly seqLen?: number;
  readonly band?: Interval | 'none';
  readonly percentile?: Interval;
  readonly filter?: NcaFilter;
};

/** Adds the flags of an NCA world to a command. Their values are read with `readNcaOptions`. */
export function addNcaOptions(command: Command): Command {
  const numberOption = (
    flags: string,
    description: string,
    key: Exclude<keyof NcaOptions, 'band'>,
    parse = parseInteger,
  ) =>
    new Option(flags, `${description} (default: ${NCA_DEFAULTS[key]})`).argParser((value: string) =>
      parse(value),
    );
  const options = [
    numberOption('--colors <n>', 'states of a cell', 'colors'),
    numberOption('--grid <n>', 'width and height of the torus, in cells', 'grid'),
    numberOption('--patch <n>', 'width and height of a token, in cells', 'patch'),
    numberOption('--features <n>', 'output features of the 3x3 convolution', 'features'),
    numberOption('--hidden <n>', 'features of the hidden layer', 'hidden'),
    numberOption(
      '--temperature <t>',
      'temperature of sampling the next state; 0 takes the largest logit',
      'temperature',
      parseNumber,
    ),
    numberOption(
      '--identity-bias <x>',
      'added to the logit of the state a cell is in',
      'identityBias',
      parseNumber,
    ),
    numberOption('--burn-in <n>', 'steps before the first frame', 'burnIn'),
    numberOption('--dt <n>', 'steps from one frame to the next', 'dt'),
    new Option(
      '--channel-padding <kind>',
      `padding of the channel axis (default: ${NCA_DEFAULTS.channelPadding})`,
    ).choices(['wrap', 'spatial']),
    numberOption('--seq-len <n>', 'tokens in a sequence', 'sequenceLength'),
    new Option(
      '--band <lo:hi>',
      'gzip ratios of the simulations to keep, or "none" (default: 0.5:1 where rules reach it, ' +
        'else percentiles 50:100)',
    )
      .argParser((value: string) => (value === 'none' ? 'none' : parseInterval(value)))
      .conflicts('percentile'),
    new Option(
      '--percentile <lo:hi>',
      'the band by percentiles (0 to 100) of the ratios of random rules',
    ).argParser(parseInterval),
    new Option(
      '--filter <what>',
      'what the band judges: each sequence, or each rule by one simulation while others are trained on, as the ' +
        `official code does (default: ${NCA_DEFAULTS.filter})`,
    ).choices(NCA_FILTERS),
  ];
  for (const option of options) command.addOption(option);
  return command;
}

/** Flags that are named as the option they set. */
const SAME_NAME = [
  ...(['colors', 'grid', 'patch', 'features', 'hidden', 'temperature', 'identityBias'] as const),
  ...(['burnIn', 'dt', 'channelPadding', 'filter'] as const),
];

/** The world options that flags stand for; only those given, so that defaults stay with the library. Unchecked. */
export function readNcaOptions(flags: NcaFlags): Partial<NcaOptions> {
  const given = SAME_NAME.filter((name) => flags[name] !== undefined);
  const band = readBand(flags.band, flags.percentile);
  return {
    ...Object.fromEntries(given.map((name) => [name, flags[name]])),
    ...(flags.seqLen === undefined ? {} : { sequenceLength: flags.seqLen }),
    ...(band === undefined ? {} : { band }),
  };
}

function readBand(band: NcaFlags['band'], percentile: NcaFlags['percentile']): NcaBand | undefined {
  if (percentile !== undefined) return { kind: 'percentile', ...percentile };
  if (band === 'none') return { kind: 'none' };
  return band === undefined ? undefined : { kind: 'absolute', ...band };
}

/** `0.5:1` as its two numbers. */
export function parseInterval(value: string): Interval {
  const parts = value.split(':');
  const [low, high] = parts.map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (parts.length !== 2 || !Number.isFinite(low) || !Number.isFinite(high)) {
    throw new InvalidArgumentError('two numbers, lo:hi, are needed, such as 0.5:1.');
  }
  return { low: low!, high: high! };
}
