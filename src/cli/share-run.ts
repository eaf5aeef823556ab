// Runs that several processes may share: process 0 runs them, the others wait for what it asks.

import type { JoinedGroup } from '../processes/index.ts';
import { type EngineRecipe, withProcesses } from '../run/index.ts';
import { withInterrupt } from './interrupt.ts';
import { writeText } from './write-text.ts';

/**
 * Runs `lead` where there is one process, or in process 0 of several, which share the mesh; the others follow it.
 *
 * @param recipe that all of them must have
 * @returns the exit code
 */
export function shareRun(
  recipe: object,
  engine: EngineRecipe,
  lead: (processes: JoinedGroup | null) => Promise<number>,
): Promise<number> {
  return withProcesses({
    engine,
    recipe,
    lead,
    follow: (body) => withInterrupt(() => {}, body),
    // Standard output is process 0's: launchers put those of all together.
    say: (line) => writeText(process.stderr, `${line}\n`),
  });
}
