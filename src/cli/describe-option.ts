// An option as help shows it.

import type { Option } from 'commander';

/** Its text, its choices, and its default unless the text names it. */
export function describeOption({ description, argChoices, defaultValue }: Option): string {
  const isShown =
    defaultValue !== undefined &&
    typeof defaultValue !== 'boolean' &&
    String(defaultValue) !== '' &&
    !description.includes('(default: ');
  const remarks = [
    ...(argChoices ? [argChoices.join(', ')] : []),
    ...(isShown ? [`default: ${defaultValue}`] : []),
  ];
  return remarks.length === 0 ? description : `${description} (${remarks.join('; ')})`;
}
