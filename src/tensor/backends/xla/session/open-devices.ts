// The devices of a mesh.

import { plural, UserError } from '../../../../core/index.ts';
import { countDevices, type Mesh } from '../../../mesh.ts';
import type { Client } from './client.ts';
import type { WorkerData } from './protocol.ts';

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
