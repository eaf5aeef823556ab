// `--split train=0.95,validation=0.05`, or in tokens: `train=100M,validation=1M`.

import { InvalidArgumentError } from 'commander';
import { SPLIT_NAMES, type SplitName, type SplitShares } from '../datasets/index.ts';
import { parseCount } from './common-options.ts';

/** Shares, and the tokens in all where counts were given. */
type ParsedSplit = { readonly shares: SplitShares; readonly tokens: number | null };

/** @throws InvalidArgumentError for unknown or repeated names, and for numbers of both kinds */
export function parseSplit(value: string): ParsedSplit {
  const entries = value.split(',').map((part): [SplitName, string] => {
    const [given = '', number = '', ...rest] = part.split('=').map((piece) => piece.trim());
    const name = SPLIT_NAMES.find((known) => known === (given === 'val' ? 'validation' : given));
    if (name === undefined || number === '' || rest.length > 0) {
      throw new InvalidArgumentError(
        `splits are ${SPLIT_NAMES.join(', ')}, such as train=0.95,validation=0.05.`,
      );
    }
    return [name, number];
  });
  const names = entries.map(([name]) => name);
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated) throw new InvalidArgumentError(`the split ${repeated} is given twice.`);
  const isShare = entries.map(
    ([, number]) => /^[\d.]+(e-\d+)?$/i.test(number) && Number(number) <= 1,
  );
  if (isShare.every(Boolean)) {
    const shares = Object.fromEntries(entries.map(([name, number]) => [name, Number(number)]));
    return { shares, tokens: null };
  }
  if (isShare.some(Boolean)) {
    throw new InvalidArgumentError(
      'give all splits shares below 1, or all of them counts of tokens.',
    );
  }
  const counts = entries.map(([name, number]) => [name, parseCount(number)] as const);
  const tokens = counts.reduce((sum, [, count]) => sum + count, 0);
  return {
    shares: Object.fromEntries(counts.map(([name, count]) => [name, count / tokens])),
    tokens,
  };
}
