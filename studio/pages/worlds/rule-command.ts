// The command that draws a rule of the page again.

import { NCA_DEFAULTS, type NcaOptions } from '../../../src/worlds/nca/index.ts';
import type { RuleName } from './find-rules.ts';

/** Options of the world that the command has flags for, besides the band, which does not matter to a rule of its own number. */
const FLAGS = [
  'colors',
  'grid',
  'patch',
  'features',
  'hidden',
  'temperature',
  'identityBias',
  'burnIn',
  'dt',
  'channelPadding',
] as const satisfies readonly (keyof NcaOptions)[];

/** `primordia nca render` for one rule; only what differs from the defaults is written. */
export function renderCommand(options: Partial<NcaOptions>, { seed, number }: RuleName): string {
  const flags = FLAGS.flatMap((name) => {
    const value = options[name] ?? NCA_DEFAULTS[name];
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return value === NCA_DEFAULTS[name] ? [] : [`--${flag} ${value}`];
  });
  const place = `--rule ${number} --seed ${seed}`;
  return ['primordia nca render', `--out rule-${number}.html`, place, ...flags].join(' ');
}

const NAME = /^(\d{1,15})\.(\d{1,15})$/;

/** Rules as an address has them: `0.17,3.204`. What is not one is left out. */
export function parseRuleNames(text: string): RuleName[] {
  return text.split(',').flatMap((part) => {
    const [, seed, number] = NAME.exec(part) ?? [];
    return seed === undefined ? [] : [{ seed: Number(seed), number: Number(number) }];
  });
}

export function formatRuleName({ seed, number }: RuleName): string {
  return `${seed}.${number}`;
}

/** Null where there are none. */
export function formatRuleNames(names: readonly RuleName[]): string | null {
  return names.length === 0 ? null : names.map(formatRuleName).join(',');
}
