import { Command, CommanderError } from 'commander';
import { describe, expect, test } from 'vitest';
import { resolveNcaOptions } from '../worlds/nca/index.ts';
import { addNcaOptions, type NcaFlags, readNcaOptions } from './nca-options.ts';

function read(...args: string[]) {
  const silent = { writeErr: () => undefined, writeOut: () => undefined };
  const command = addNcaOptions(new Command().exitOverride().configureOutput(silent));
  return readNcaOptions(command.parse(args, { from: 'user' }).opts<NcaFlags>());
}

describe('the options of an NCA world', () => {
  test('are only those given', () => {
    expect(read()).toEqual({});
    expect(resolveNcaOptions(read())).toEqual(resolveNcaOptions());
  });

  test('each set what they name', () => {
    const numbers = ['--colors 4', '--grid 8', '--patch 1', '--features 5', '--hidden 6'];
    const others = ['--temperature 0.5', '--identity-bias -1.5', '--burn-in 0', '--dt 3'];
    const last = ['--channel-padding spatial', '--seq-len 99', '--percentile 30:90'];
    const args = [...numbers, ...others, ...last].flatMap((text) => text.split(' '));
    expect(read(...args)).toEqual({
      colors: 4,
      grid: 8,
      patch: 1,
      features: 5,
      hidden: 6,
      temperature: 0.5,
      identityBias: -1.5,
      burnIn: 0,
      dt: 3,
      channelPadding: 'spatial',
      sequenceLength: 99,
      band: { kind: 'percentile', low: 30, high: 90 },
    });
  });

  test('take a band as two numbers or none', () => {
    expect(read('--band', '0.2:0.5').band).toEqual({ kind: 'absolute', low: 0.2, high: 0.5 });
    expect(read('--band', 'none').band).toEqual({ kind: 'none' });
  });

  test.each([
    [['--band', '0.5']],
    [['--band', ':1']],
    [['--band', '0:1:2']],
    [['--band', '0.2:0.5', '--percentile', '10:20']],
    [['--percentile', 'none']],
    [['--colors', 'ten']],
    [['--temperature', '']],
    [['--channel-padding', 'zero']],
  ])('refuse %j', (args) => {
    expect(() => read(...args)).toThrow(CommanderError);
  });
});
