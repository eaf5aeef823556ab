// A run whose mesh several processes share: process 0 does everything, the others compute what it asks of them.

import { createHash } from 'node:crypto';
import { UserError } from '../core/index.ts';
import { type JoinedGroup, joinGroup, readProcessGroup } from '../processes/index.ts';
import { countDevices, followDevice, type Mesh, type XlaDeviceName } from '../tensor/index.ts';
import type { EngineRecipe } from './open-run-device.ts';
import { collectProvenance } from './provenance.ts';

export type SharedRun = {
  readonly engine: EngineRecipe;
  /** What all processes must have in common: the recipe, as JSON. */
  readonly recipe: object;
  /** Does the work in process 0, or where there is one process; gives the exit code. */
  readonly lead: (processes: JoinedGroup | null) => Promise<number>;
  /** Runs what waits for process 0, with a signal that fires when this process is asked to stop; gives the exit code. */
  readonly follow: (body: (signal: AbortSignal) => Promise<number>) => Promise<number>;
  /** Is told what the others than process 0 have to say. */
  readonly say: (line: string) => void;
};

/** Slurm asks all processes to stop at once: those that do not hear of it through process 0 tell it after a while. */
const STOP_AFTER_MS = 2000;

/**
 * @returns the exit code
 * @throws UserError where the environment, the mesh or the recipes of the processes do not fit, or one of them is lost
 */
export async function withProcesses(run: SharedRun): Promise<number> {
  const { engine, recipe, lead, say } = run;
  const group = engine.mesh && countDevices(engine.mesh) > 1 ? readProcessGroup() : null;
  if (!group || !engine.mesh) return lead(null);
  requireEqualShares(engine.mesh, group.size);
  const processes = await joinGroup(group);
  try {
    const hash = createHash('sha256').update(JSON.stringify(recipe)).digest('hex');
    await processes.requireSame('recipe', hash, 'all processes are started by the same command');
    const { versions } = collectProvenance();
    await processes.requireSame(
      'version of primordia',
      versions.primordia,
      'all machines need the same installation',
    );
    if (processes.rank > 0) {
      say(`rank ${processes.rank} of ${processes.size} computes for rank 0`);
      return await run.follow((signal) => follow(engine, processes, signal));
    }
    const stop = forwardStop(processes);
    try {
      const exitCode = await lead(processes);
      await processes.leave({ exitCode });
      return exitCode;
    } finally {
      stop();
    }
  } catch (error) {
    const { message } = error as Error;
    if (processes.rank === 0) await processes.leave({ exitCode: 1, error: message });
    else await processes.fail(message);
    throw error;
  }
}

/** @throws UserError where the processes cannot have as many devices of a mesh each */
function requireEqualShares(mesh: Mesh, size: number): void {
  const devices = countDevices(mesh);
  if (devices % size === 0) return;
  throw new UserError(
    `engine.mesh: ${size} processes cannot share ${devices} devices (data ${mesh.data} × model ${mesh.model}) equally`,
    {
      hint: 'data × model = processes × devices of each; PRIMORDIA_PROCESSES=1 is for a process by itself',
    },
  );
}

async function follow(
  { device, mesh }: EngineRecipe,
  processes: JoinedGroup,
  signal: AbortSignal,
): Promise<number> {
  const ask = () => setTimeout(() => processes.askToStop(), STOP_AFTER_MS).unref();
  signal.addEventListener('abort', ask, { once: true });
  const { exitCode, error } = await followDevice(device as XlaDeviceName, mesh!, processes);
  await processes.leave();
  if (error === undefined) return exitCode;
  throw new UserError(`rank 0 ended: ${error}`);
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Lets a request to stop that another process was given stop this one, unless it was given one itself. Gives what ends that. */
function forwardStop(processes: JoinedGroup): () => void {
  let isStopping = false;
  const note = () => {
    isStopping = true;
  };
  for (const name of STOP_SIGNALS) process.on(name, note);
  processes.onStop(() => {
    if (!isStopping) process.emit('SIGTERM', 'SIGTERM');
  });
  return () => {
    for (const name of STOP_SIGNALS) process.off(name, note);
  };
}
