// Checks that the options of all worlds share: defaults, known names, ranges.

import { nearestName, UserError } from '../core/index.ts';

/**
 * Options with defaults filled in.
 *
 * @throws UserError for a name that the defaults do not have
 */
export function fillOptions<T extends object>(world: string, defaults: T, given: Partial<T>): T {
  for (const name of Object.keys(given)) {
    if (name in defaults) continue;
    const near = nearestName(name, Object.keys(defaults));
    refuseOption(
      world,
      `there is no option "${name}"`,
      near ? `did you mean "${near}"?` : `there are: ${Object.keys(defaults).join(', ')}`,
    );
  }
  return { ...defaults, ...given };
}

/** @throws UserError unless `value` is an integer from `low` to `high` */
export function checkInteger(
  world: string,
  name: string,
  value: number,
  low: number,
  high: number,
): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  refuseOption(
    world,
    `${name} is ${JSON.stringify(value)}`,
    `use an integer from ${low} to ${high}`,
  );
}

/** @throws UserError unless `value` is a number from `low` to `high` */
export function checkNumber(
  world: string,
  name: string,
  value: number,
  low: number,
  high: number,
): void {
  if (typeof value === 'number' && value >= low && value <= high) return;
  refuseOption(world, `${name} is ${JSON.stringify(value)}`, `use a number from ${low} to ${high}`);
}

/** Ends with an error about a world's options. */
export function refuseOption(world: string, message: string, hint: string): never {
  throw new UserError(`${world}: ${message}`, { hint });
}
