// Commands whose work is not shared by several processes.

import { UserError } from '../core/index.ts';
import { readProcessGroup } from '../processes/index.ts';

/**
 * @throws UserError where this is one of several processes, each of which would take the mesh for its own
 */
export function requireOneProcess(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): void {
  const group = readProcessGroup(environment);
  if (group === null) return;
  throw new UserError(
    `engine.mesh: this is process ${group.rank} of ${group.size}, but only train and resume share a mesh between processes`,
    { hint: 'srun --ntasks=1 for one task, or PRIMORDIA_PROCESSES=1 for a process by itself' },
  );
}
