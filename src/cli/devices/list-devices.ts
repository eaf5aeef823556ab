// What can compute on this machine, tried, and why something cannot.

import { formatMemory, plural, UserError } from '../../core/index.ts';
import { computeOnce } from '../../run/open-run-device.ts';
import { type CacheContent, type DeviceName, findPlugins, openDevice } from '../../tensor/index.ts';

export type ListedDevice = {
  /** What `engine.device` calls it. */
  readonly device: string;
  readonly isUsable: boolean;
  /** What computes, or why it does not. */
  readonly found: string;
  /** What to do where it does not. */
  readonly hint?: string;
  /** Of a GPU: its product's name. */
  readonly product?: string;
  /** Memory that programs and states may have, bytes, if it is known. */
  readonly memoryBytes?: number;
  /** Of a plugin: its library, and where it was found. */
  readonly file?: string;
  readonly source?: string;
};

/** onnxruntime on the CPU, and every plugin that is found. */
export async function listDevices(): Promise<ListedDevice[]> {
  const found: ListedDevice[] = [await tryDevice('cpu')];
  for (const { name, file, source } of findPlugins()) {
    found.push({ ...(await tryDevice(`xla:${file}`)), device: `xla:${name}`, file, source });
  }
  return found;
}

/** Whether a device computes, and what it is. */
export async function tryDevice(name: DeviceName): Promise<ListedDevice> {
  const device = openDevice({ device: name });
  try {
    await computeOnce(device);
    const { kind, version, product, memoryBytes } = await device.runtime();
    return {
      device: name,
      isUsable: true,
      found: kind === 'xla' ? version : `onnxruntime ${version}, ${kind}`,
      ...(product === undefined ? {} : { product }),
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
    };
  } catch (error) {
    const hint = error instanceof UserError ? error.hint : undefined;
    const found = (error as Error).message.trim();
    return { device: name, isUsable: false, found, ...(hint ? { hint } : {}) };
  } finally {
    await device.close();
  }
}

/** A line for each device, and below it where its plugin is or what to do. */
export function formatDevices(devices: readonly ListedDevice[]): string {
  const width = Math.max(...devices.map(({ device }) => device.length));
  const indent = ' '.repeat(width + 6);
  return devices
    .flatMap(({ device, isUsable, found, hint, product, memoryBytes, file, source }) => {
      const memory = memoryBytes === undefined ? [] : [formatMemory(memoryBytes)];
      const facts = [found, ...(product === undefined ? [] : [product]), ...memory].join(', ');
      return [
        `${(isUsable ? 'ok' : 'no').padEnd(3)} ${device.padEnd(width)}  ${facts}`,
        ...(file === undefined ? [] : [`${indent}${file} (${source})`]),
        ...(hint === undefined ? [] : [`${indent}${hint}`]),
      ];
    })
    .join('\n');
}

/** The compiled programs that are kept; nothing where there are none. */
export function formatCache(content: CacheContent | null): string {
  if (content === null || content.programs === 0) return '';
  const { folder, programs, bytes, maxBytes } = content;
  return `\n\n${plural(programs, 'compiled program')} of XLA in ${folder}: ${formatMemory(bytes)}, at most ${formatMemory(maxBytes)}`;
}
