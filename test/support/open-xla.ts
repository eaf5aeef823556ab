// Devices of XLA on the plugin that tests are given.

import { existsSync } from 'node:fs';
import { findNvidiaLibraries } from '../../src/tensor/backends/xla/session/find-plugins.ts';
import {
  openXlaBackend,
  type XlaOptions,
} from '../../src/tensor/backends/xla/session/xla-backend.ts';
import { Device, type Precision } from '../../src/tensor/index.ts';

/** Path of a PJRT plugin, as a rule one for the CPU; tests that need it are skipped where there is none. */
export const XLA_PLUGIN = process.env.PRIMORDIA_TEST_PJRT ?? '';

export const hasXla = XLA_PLUGIN !== '' && existsSync(XLA_PLUGIN);

type Options = Pick<XlaOptions, 'blocks' | 'spread'>;

export function openXla(options: Options = {}, precision?: Precision): Device {
  return new Device(
    openXlaBackend({
      name: 'xla:cpu',
      plugin: XLA_PLUGIN,
      preload: /cuda/i.test(XLA_PLUGIN) ? findNvidiaLibraries() : [],
      clientOptions: {},
      threads: 1,
      ...options,
    }),
    precision,
  );
}
