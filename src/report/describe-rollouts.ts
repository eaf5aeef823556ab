// What pictures of rollouts say in words, in every format alike.

import { type NcaBandExamples, type RatioBounds, SIX_BANDS } from '../worlds/nca/index.ts';

/** "below 0.1", "0.1 to 0.2", "above 0.5" */
export function describeBand({ low, high }: RatioBounds): string {
  const [from, to] = [low, high].map((ratio) => `${Number(ratio.toFixed(3))}`);
  if (low <= 0) return high === Number.POSITIVE_INFINITY ? 'all' : `below ${to}`;
  return high === Number.POSITIVE_INFINITY ? `above ${from}` : `${from} to ${to}`;
}

export function describeEmptyBand(drawn: number): string {
  return `no rule of ${drawn} reached this band`;
}

/** The world and the seed: with the bands, what it takes to draw the same again. */
export function worldFacts({ options, seed }: NcaBandExamples): string[] {
  return [
    `${options.colors} colors`,
    `grid ${options.grid}`,
    `patch ${options.patch}`,
    `temperature ${options.temperature}`,
    `burn-in ${options.burnIn}`,
    `dt ${options.dt}`,
    `seed ${seed}`,
  ];
}

export function describeWorld(examples: NcaBandExamples): string {
  return worldFacts(examples).join(', ');
}

/** No simulation has a gzip ratio above this: what a command line has for no bound. */
const NO_BOUND = 9;

/** The command that draws a page of the same simulations. */
export function describeRenderCommand({
  options,
  seed,
  frames,
  perBand,
  drawn,
  bands,
  numbers,
}: NcaBandExamples): string {
  const isUsual =
    bands.length === SIX_BANDS.length &&
    bands.every(({ low, high }, i) => low === SIX_BANDS[i]!.low && high === SIX_BANDS[i]!.high);
  const intervals = bands.map(
    ({ low, high }) => `${low}:${Number.isFinite(high) ? high : NO_BOUND}`,
  );
  const rules = numbers
    ? `--rule ${numbers.join(' ')}`
    : [
        ...(isUsual ? [] : [`--bands ${intervals.join(' ')}`]),
        `--rules ${perBand} --tries ${drawn}`,
      ].join(' ');
  const { colors, grid, patch, features, hidden, temperature, identityBias, burnIn, dt } = options;
  return [
    'primordia nca render --out rollouts.html',
    `--colors ${colors} --grid ${grid} --patch ${patch} --features ${features} --hidden ${hidden}`,
    `--temperature ${temperature} --identity-bias ${identityBias} --burn-in ${burnIn} --dt ${dt}`,
    `--channel-padding ${options.channelPadding}`,
    `${rules} --frames ${frames} --seed ${seed}`,
  ].join(' ');
}
