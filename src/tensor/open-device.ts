// Devices by name.

import { availableParallelism } from 'node:os';
import type { Backend } from './backend.ts';
import { openInterpreter } from './backends/interpreter/open-interpreter.ts';
import { type OnnxOptions, openOnnxBackend } from './backends/onnx/session/onnx-backend.ts';
import { TARGETS } from './backends/onnx/targets.ts';
import { Device } from './device.ts';

/** What `engine.device` may be: the processors, or a GPU by WebGPU or CUDA, all through onnxruntime. */
export const DEVICE_NAMES = ['cpu', 'webgpu', 'cuda'] as const;
export type DeviceName = (typeof DEVICE_NAMES)[number];

export type DeviceOptions = {
  /** By default 'cpu'. The interpreter is plain TypeScript in float64: exact, slow, without dependencies. */
  readonly device?: DeviceName | 'interpreter';
  /** Threads that one operation may use; by default all processors. */
  readonly threads?: number;
  /** 'wasm' skips the native build of onnxruntime; by default the native build is used if it loads. */
  readonly runtime?: OnnxOptions['runtime'];
};

/** Opens a device. Close it when done with it. */
export function openDevice(options: DeviceOptions = {}): Device {
  return new Device(openBackend(options));
}

function openBackend({
  device = 'cpu',
  threads = availableParallelism(),
  runtime = 'native',
}: DeviceOptions): Backend {
  if (device === 'interpreter') return openInterpreter();
  return openOnnxBackend({ target: TARGETS[device], threads, runtime });
}
