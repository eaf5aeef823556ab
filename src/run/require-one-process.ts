// A mesh is the devices of one process.

import { UserError } from '../core/index.ts';

/**
 * @throws UserError where Slurm has started several processes of one step, each of which would take the run for its own
 */
export function requireOneProcess(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): void {
  const { SLURM_STEP_NUM_TASKS: tasks, SLURM_PROCID: rank = '0' } = environment;
  if (!(Number(tasks) > 1)) return;
  throw new UserError(
    `engine.mesh: this is process ${rank} of ${tasks} of a Slurm step, but a mesh is the devices of one process`,
    { hint: 'srun --ntasks=1 with the devices of one node, such as --gpus=8' },
  );
}
