// Compiles programs, or takes what they became before from the cache.

import type { ArraySpec } from '../../../../core/index.ts';
import { type CompileOptions, encodeCompileOptions } from '../compile-options.ts';
import type { Client, CompiledProgram } from './client.ts';
import {
  type ExecutableCache,
  hashPlugin,
  openExecutableCache,
  programKey,
} from './executable-cache.ts';
import type { Plugin } from './plugin.ts';
import type { WorkerData } from './protocol.ts';

export type Compile = (
  text: string,
  outputs: readonly ArraySpec[],
  options: CompileOptions,
) => { readonly compiled: CompiledProgram; readonly isCached: boolean };

/** Compiles, or takes what the same program became before. */
export function createCompile(
  plugin: Plugin,
  client: Client,
  { plugin: file, cacheFolder }: Pick<WorkerData, 'plugin' | 'cacheFolder'>,
): Compile {
  if (cacheFolder === null) {
    return (...given) => ({ compiled: client.compile(...given), isCached: false });
  }
  const cache = openExecutableCache(cacheFolder);
  const hash = hashPlugin(file, cacheFolder);
  const { version } = plugin;
  const { devices } = client;
  return (text, outputs, options) => {
    const encoded = encodeCompileOptions(options);
    const key = programKey({ plugin: hash, version, devices, text, options: encoded });
    const found = loadCached(client, cache, key, outputs);
    if (found) return { compiled: found, isCached: true };
    const compiled = client.compile(text, outputs, options);
    const bytes = compiled.serialize();
    if (bytes) cache.write(key, { bytes, memory: compiled.memory });
    return { compiled, isCached: false };
  };
}

function loadCached(
  client: Client,
  cache: ExecutableCache,
  key: string,
  outputs: readonly ArraySpec[],
): CompiledProgram | null {
  const entry = cache.read(key);
  if (entry === null) return null;
  try {
    return client.load(entry.bytes, outputs, entry.memory);
  } catch {
    // What the plugin does not take back is compiled again.
    cache.remove(key);
    return null;
  }
}
