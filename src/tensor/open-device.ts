// Devices by name.

import { availableParallelism } from 'node:os';
import path from 'node:path';
import { UserError } from '../core/index.ts';
import type { JoinedGroup, Outcome } from '../processes/index.ts';
import type { Backend } from './backend.ts';
import { openInterpreter } from './backends/interpreter/open-interpreter.ts';
import { type OnnxOptions, openOnnxBackend } from './backends/onnx/session/onnx-backend.ts';
import { TARGETS } from './backends/onnx/targets.ts';
import { DEFAULT_BLOCKS } from './backends/xla/expansions.ts';
import { executableCacheFolder } from './backends/xla/session/executable-cache.ts';
import { findNvidiaLibraries, findPlugin } from './backends/xla/session/find-plugins.ts';
import { followXla } from './backends/xla/session/follow-xla.ts';
import { openXlaBackend, type XlaOptions } from './backends/xla/session/xla-backend.ts';
import { Device } from './device.ts';
import type { Precision } from './graph.ts';
import { countDevices, type Mesh, ONE_DEVICE, type Spread } from './mesh.ts';

/** Devices of onnxruntime: the processors, or a GPU by WebGPU or CUDA. */
export const DEVICE_NAMES = ['cpu', 'webgpu', 'cuda'] as const;

/** A device of XLA: `xla:cpu`, `xla:cuda`, or `xla:` and the path of a PJRT plugin. */
export type XlaDeviceName = `xla:${string}`;

/** What `engine.device` may be. */
export type DeviceName = (typeof DEVICE_NAMES)[number] | XlaDeviceName;

/** Whether a text is a name that `engine.device` may have. */
export function isDeviceName(text: string): text is DeviceName {
  return /^xla:./s.test(text) || DEVICE_NAMES.some((name) => name === text);
}

export type DeviceOptions = {
  /** By default 'cpu'. The interpreter is plain TypeScript in float64: exact, slow, without dependencies. */
  readonly device?: DeviceName | 'interpreter';
  /** Threads that one operation may use; by default all processors. XLA takes those that the process may run on. */
  readonly threads?: number;
  /** 'wasm' skips the native build of onnxruntime; by default the native build is used if it loads. */
  readonly runtime?: OnnxOptions['runtime'];
  /** Devices that programs are spread over, of XLA only; by default one. */
  readonly mesh?: Mesh;
  /** Whether parameters and the optimizer's moments are spread over the mesh's `data` too; by default they are not. */
  readonly shard?: boolean;
  /**
   * Of the matrix products of layers: `bfloat16` rounds their factors, and the activations that layers pass on. Sums, softmax,
   * losses and parameters are float32. Only XLA and the interpreter have it.
   */
  readonly precision?: Precision;
  /** The group whose processes share the mesh, in its process 0; by default there is one process. Of XLA only. */
  readonly processes?: JoinedGroup;
};

/**
 * Opens a device. Close it when done with it.
 *
 * @throws UserError where no PJRT plugin for it is found, it has no such precision, or a device that is not of XLA is given a mesh
 */
export function openDevice(options: DeviceOptions = {}): Device {
  const { device = 'cpu', precision } = options;
  if (precision === 'bfloat16' && device !== 'interpreter' && !isXla(device)) {
    throw new UserError(`the device '${device}' computes by onnxruntime, which has no bfloat16`, {
      hint: 'choose a device of XLA (xla:cuda, xla:cpu), or the precision float32',
    });
  }
  return new Device(openBackend(options), precision);
}

function openBackend({
  device = 'cpu',
  threads = availableParallelism(),
  runtime = 'native',
  mesh = ONE_DEVICE.mesh,
  shard = false,
  processes,
}: DeviceOptions): Backend {
  if (countDevices(mesh) > 1 && !isXla(device)) {
    throw new UserError(`the device '${device}' is one device: a mesh needs a device of XLA`, {
      hint: 'xla:cpu and xla:cuda can be several; without engine.mesh this one will do',
    });
  }
  if (device === 'interpreter') return openInterpreter();
  if (isXla(device)) return openXlaBackend(xlaOptions(device, threads, { mesh, shard }, processes));
  return openOnnxBackend({ target: TARGETS[device], threads, runtime });
}

/**
 * Computes, on this process's share of a mesh, what process 0 of the group computes on its own, until that one closes its device.
 *
 * @returns how process 0 ended
 * @throws UserError where no PJRT plugin for the device is found; Error where this process's devices fail, or a process is lost
 */
export async function followDevice(
  device: XlaDeviceName,
  mesh: Mesh,
  processes: JoinedGroup,
): Promise<Outcome> {
  const options = xlaOptions(device, availableParallelism(), { mesh, shard: false }, processes);
  return followXla({ ...options, processes });
}

function xlaOptions(
  device: XlaDeviceName,
  threads: number,
  spread: Spread,
  processes: JoinedGroup | undefined,
): XlaOptions {
  const plugin = pluginOf(device);
  // A plugin for the CPU loads nothing of CUDA's.
  const isCuda = /cuda/i.test(`${device} ${plugin}`);
  const preload = isCuda ? findNvidiaLibraries() : [];
  const isCpu = /cpu/i.test(`${device} ${path.basename(plugin)}`);
  return {
    name: device,
    plugin,
    preload,
    cacheFolder: executableCacheFolder(),
    // A client of several processes is opened once, so a CPU must know at once how many devices to make.
    clientOptions:
      processes && isCpu ? { cpu_device_count: countDevices(spread.mesh) / processes.size } : {},
    threads,
    spread,
    ...(isCuda && countDevices(spread.mesh) === 1
      ? { blocks: { ...DEFAULT_BLOCKS, fusesAttention: true } }
      : {}),
    ...(processes ? { processes } : {}),
  };
}

function isXla(device: DeviceName | 'interpreter'): device is XlaDeviceName {
  return device.startsWith('xla:');
}

/** Plugins that `primordia devices install` fetches. */
const INSTALLABLE: readonly string[] = ['cpu', 'cuda'];

/** The library of a device: what its name says, or the first that is found. */
function pluginOf(device: XlaDeviceName): string {
  const name = device.slice('xla:'.length);
  if (/[\\/]/.test(name)) return name;
  const found = findPlugin(name);
  if (found) return found.file;
  throw new UserError(`no PJRT plugin for the device '${device}' was found`, {
    hint: `${INSTALLABLE.includes(name) ? `primordia devices install ${name}` : 'primordia devices lists what was found'}; a plugin is also named by its path: xla:/PATH/plugin.so`,
  });
}
