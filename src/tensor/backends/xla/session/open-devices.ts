// The devices of a mesh.

import { plural, UserError } from '../../../../core/index.ts';
import { countDevices, type Mesh } from '../../../mesh.ts';
import type { Client } from './client.ts';
import { PjrtError } from './plugin.ts';
import type { ProcessPlace, WorkerData } from './protocol.ts';

type ClientOptions = WorkerData['clientOptions'];

/**
 * A client with as many devices as a mesh has: a CPU makes as many as are asked for, of itself four.
 *
 * @throws UserError where there are fewer
 */
export function openDevices(
  open: (options: ClientOptions) => Client,
  options: ClientOptions,
  mesh: Mesh,
): Client {
  const wanted = countDevices(mesh);
  const client = open(options);
  const { platform, devices } = client;
  if (devices.length === wanted || (platform !== 'cpu' && devices.length > wanted)) return client;
  client.close();
  if (platform === 'cpu') return open({ ...options, cpu_device_count: wanted });
  throw new UserError(
    `a mesh of data ${mesh.data} and model ${mesh.model} takes ${plural(wanted, 'device')}, but ${platform} has ${devices.length}`,
    { hint: 'set engine.mesh to what is there: primordia devices lists it' },
  );
}

/**
 * A client with this process's share of a mesh, which knows the devices of the others.
 *
 * @throws UserError where the plugin knows nothing of several processes, or the processes have not as many devices as the mesh
 */
export function openSharedDevices(
  open: (options: ClientOptions) => Client,
  options: ClientOptions,
  mesh: Mesh,
  { rank, size }: Pick<ProcessPlace, 'rank' | 'size'>,
): Client {
  const wanted = countDevices(mesh);
  let client: Client;
  try {
    client = open({ ...options, node_id: rank, num_nodes: size });
  } catch (error) {
    if (error instanceof PjrtError && /option name.*(node_id|num_nodes)/.test(error.message)) {
      throw knowsOne(`it has no option for it (${error.message})`);
    }
    throw error;
  }
  const { devices, allDevices, platform } = client;
  const own = allDevices.filter(({ process }) => process === rank).length;
  const others = new Set(allDevices.map(({ process }) => process)).size;
  if (own === devices.length && others === size && allDevices.length === wanted) return client;
  client.close();
  if (others < size) {
    const known = `${plural(others, 'process', 'processes')} with ${plural(allDevices.length, 'device')}`;
    throw knowsOne(`of ${size}, it knows ${known}`);
  }
  throw new UserError(
    `a mesh of data ${mesh.data} and model ${mesh.model} takes ${plural(wanted, 'device')}, ` +
      `but ${platform} has ${devices.length} at rank ${rank} and ${allDevices.length} in all ${size} processes`,
    {
      hint: 'engine.mesh has all devices of all processes: data × model = processes × devices of each',
    },
  );
}

function knowsOne(why: string): UserError {
  return new UserError(`the plugin does not compute over several processes: ${why}`, {
    hint: 'plugins for GPUs do; on a CPU, take one process: PRIMORDIA_PROCESSES=1',
  });
}
