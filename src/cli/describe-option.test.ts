import { Option } from 'commander';
import { expect, test } from 'vitest';
import { describeOption } from './describe-option.ts';

test.each([
  [new Option('--seed <n>', 'random seed').default(0), 'random seed (default: 0)'],
  [new Option('--set <x...>', 'change a setting').default([]), 'change a setting'],
  [new Option('--prompt <text>', 'how it begins').default(''), 'how it begins'],
  [new Option('--out <dir>', 'folder (default: runs/NAME-NNN)').default('x'), null],
  [
    new Option('--format <name>', 'files').choices(['bin', 'npy']).default('bin'),
    'files (bin, npy; default: bin)',
  ],
])('a default is named once, and only where there is one: %#', (option, text) => {
  expect(describeOption(option)).toBe(text ?? option.description);
});
