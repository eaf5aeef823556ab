// The device that a recipe asks for: tried before the run starts, and closed whatever happens to the run.

import { arrayOf, spec, UserError } from '../core/index.ts';
import type { JoinedGroup } from '../processes/index.ts';
import {
  add,
  countDevices,
  type Device,
  type DeviceName,
  type Mesh,
  openDevice,
  type Precision,
} from '../tensor/index.ts';
import type { MetricsWriter } from './metrics.ts';
import { requireOneProcess } from './require-one-process.ts';

/** The engine's options in recipes. */
export type EngineRecipe = {
  readonly device: DeviceName;
  /** Threads of one operation; null uses all processors. */
  readonly threads: number | null;
  /** Devices that programs are spread over; null uses one. */
  readonly mesh?: Mesh | null;
  /** Whether parameters and moments are spread over the mesh's `data` too. */
  readonly shard?: boolean;
  /** Of the matrix products of layers; by default float32. */
  readonly precision?: Precision;
};

/**
 * Opens the device of `recipe.engine`.
 *
 * @param processes that share its mesh, in process 0 of them
 * @throws UserError if this machine has no such device, or a mesh is asked for by one of several processes
 */
export async function openRunDevice(
  engine: EngineRecipe,
  processes: JoinedGroup | null = null,
): Promise<Device> {
  const { device: name, threads, mesh = null, shard = false, precision = 'float32' } = engine;
  if (mesh !== null && countDevices(mesh) > 1 && !processes) requireOneProcess();
  const device = openDevice({
    device: name,
    precision,
    ...(threads === null ? {} : { threads }),
    ...(mesh === null ? {} : { mesh, shard }),
    ...(processes === null ? {} : { processes }),
  });
  if (name === 'cpu') return device;
  try {
    await computeOnce(device);
    return device;
  } catch (error) {
    await device.close();
    throw new UserError(`engine.device '${name}' does not work here: ${firstLine(error)}`, {
      hint: describeHint(error),
      cause: error,
    });
  }
}

/** What computes, in words: the device, and how many of it where there are several. */
export function describeEngine({ device, mesh = null, shard = false }: EngineRecipe): string {
  if (mesh === null || countDevices(mesh) === 1) return device;
  return `${device}, data ${mesh.data}, model ${mesh.model}${shard ? ', sharded' : ''}`;
}

/** Closes a run's metrics and, even if that fails, its device, since an open device keeps the process alive. */
export async function closeRun(metrics: MetricsWriter | undefined, device: Device): Promise<void> {
  try {
    metrics?.close();
  } finally {
    await device.close();
  }
}

function describeHint(error: unknown): string {
  const everywhere = 'engine.device=cpu works everywhere';
  const hint = error instanceof UserError ? error.hint : undefined;
  return hint ? `${hint}; ${everywhere}` : everywhere;
}

function firstLine(error: unknown): string {
  return (error as Error).message.trim().split('\n')[0]!;
}

/** Computes a sum on a device, and throws what it throws: that a library is there is not enough. */
export async function computeOnce(device: Device): Promise<void> {
  const program = await device.compile({
    states: {},
    inputs: { x: spec('float32', [1]) },
    build: (_, { x }) => ({ outputs: add(x, 1) }),
  });
  await program.run({}, { x: arrayOf('float32', [1], 1) }).read();
  await program.close();
}
