// `-F`: the place of warrior 2 in the first round, or text that is a seed.

import { InvalidArgumentError } from 'commander';
import { UserError } from '../core/index.ts';
import { type BattleFlags, type PmarsVersion, positionNumber } from '../corewar/index.ts';
import { toBinaryText } from './pmars/binary-text.ts';

/** What pMARS 0.9.2 takes. */
const LARGEST_OLD_POSITION = 2 ** 30;

/** Commander's parser of `-F`. What the text means depends on the version of pMARS: see `readPosition`. */
export function parsePosition(value: string): string {
  if (value === '') throw new InvalidArgumentError('a whole number or a text is needed.');
  return value;
}

/**
 * Digits are a position in 32 bits, any other text is a seed, as in pMARS 0.9.5.
 *
 * @throws UserError if the version of pMARS has no such positions
 */
export function readPosition<Flags extends { position?: string; pmars?: PmarsVersion }>({
  position: text,
  ...flags
}: Flags): Omit<Flags, 'position'> & Pick<BattleFlags, 'position' | 'seedText'> {
  if (text === undefined) return flags;
  const isNumber = /^\d+$/.test(text);
  const isOld = flags.pmars === '0.9.2';
  if (isOld && !isNumber) throw new UserError(`-F takes a number in pMARS 0.9.2, not "${text}"`);
  if (isOld && Number(text) > LARGEST_OLD_POSITION) {
    throw new UserError(`-F takes numbers from 0 to ${LARGEST_OLD_POSITION} in pMARS 0.9.2`);
  }
  if (!isNumber) return { ...flags, seedText: toBinaryText(text) };
  const position = positionNumber(text);
  if (position < 0) {
    throw new UserError(`-F ${text} is ${position} in 32 bits, which is no position`, {
      hint: `take a number up to ${2 ** 31 - 1}`,
    });
  }
  return { ...flags, position };
}
