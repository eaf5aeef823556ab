import path from 'node:path';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { loadTraining, REGISTRIES } from '../training/index.ts';
import {
  addDeviceOption,
  type DeviceOptions,
  deviceSettings,
  parseDevice,
} from './device-option.ts';

function parse(...args: string[]): DeviceOptions {
  const command = addDeviceOption(new Command('train').exitOverride());
  command.configureOutput({ writeErr: () => {} });
  return command.parse(args, { from: 'user' }).opts();
}

test('devices by name, and plugins by their absolute path', () => {
  expect(parse()).toEqual({});
  for (const name of ['cpu', 'webgpu', 'cuda', 'xla:cpu', 'xla:cuda', 'xla:rocm']) {
    expect(parse('--device', name)).toEqual({ device: name });
  }
  expect(parseDevice('xla:./some/plugin.so')).toBe(`xla:${path.resolve('some/plugin.so')}`);
  expect(parseDevice('xla:/some/plugin.so')).toBe('xla:/some/plugin.so');
});

test('other names are refused', () => {
  for (const name of ['tpu', 'xla:', 'xla', 'CPU', '']) {
    expect(() => parse('--device', name), name).toThrow(
      'known devices: cpu, webgpu, cuda, xla:cpu, xla:cuda, xla:PATH.',
    );
  }
});

test('it is the same as the setting of the recipe', async () => {
  const settings = deviceSettings({ device: 'xla:/some/plugin.so' });
  const recipe = await loadTraining('nca-tiny', settings, REGISTRIES);
  const set = await loadTraining('nca-tiny', ['engine.device=xla:/some/plugin.so'], REGISTRIES);
  expect(recipe.engine.device).toBe('xla:/some/plugin.so');
  expect(recipe).toEqual(set);
  expect(deviceSettings({})).toEqual([]);
  expect(deviceSettings({ device: 'cpu' }, 'base.engine.device')).toEqual([
    'base.engine.device=cpu',
  ]);
});
