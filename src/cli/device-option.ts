// The option of commands that compute: where.

import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEVICE_NAMES, type DeviceName, isDeviceName } from '../tensor/index.ts';

export type DeviceOptions = { readonly device?: DeviceName };

/** @param fallback what computes without it, in words */
export function addDeviceOption(command: Command, fallback = 'the recipe’s'): Command {
  return command.addOption(
    new Option(
      '--device <name>',
      `what computes: cpu, xla:cpu, xla:cuda or xla:PATH (default: ${fallback})`,
    ).argParser(parseDevice),
  );
}

/** A device's name; the path of a plugin becomes absolute, since a run may be resumed from another folder. */
export function parseDevice(value: string): DeviceName {
  if (!isDeviceName(value)) {
    throw new InvalidArgumentError(
      `known devices: ${DEVICE_NAMES.join(', ')}, xla:cpu, xla:cuda, xla:PATH.`,
    );
  }
  const plugin = value.startsWith('xla:') ? value.slice('xla:'.length) : '';
  return /[\\/]/.test(plugin) ? `xla:${path.resolve(plugin)}` : value;
}

/** The settings of a recipe that the option stands for. */
export function deviceSettings({ device }: DeviceOptions, key = 'engine.device'): string[] {
  return device === undefined ? [] : [`${key}=${device}`];
}
