// Devices of onnxruntime with what users do not choose: targets in part, sizes of chunks.

import { type ChunkSizes, DEFAULT_CHUNKS } from '../../src/tensor/backends/onnx/expansions.ts';
import { openOnnxBackend } from '../../src/tensor/backends/onnx/session/onnx-backend.ts';
import { TARGETS, type Target } from '../../src/tensor/backends/onnx/targets.ts';
import { Device } from '../../src/tensor/index.ts';

/** WebGPU's lowerings, run on the CPU. */
export const STANDARD: Target = { ...TARGETS.webgpu, executionProviders: ['cpu'] };

export function openOnnx({
  target = TARGETS.cpu,
  threads = 1,
  chunks = DEFAULT_CHUNKS,
}: {
  target?: Target;
  threads?: number;
  chunks?: ChunkSizes;
}): Device {
  return new Device(openOnnxBackend({ target, threads, runtime: 'native', chunks }));
}
