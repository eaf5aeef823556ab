// The option of training commands that asks for what a source must have learned.

import { type Command, Option } from 'commander';
import { GATE_REQUIREMENTS, type GateRequirement } from '../eval/index.ts';

export type GateOptions = { readonly requireGate?: GateRequirement };

export function addGateOption(command: Command, effect: string): Command {
  return command.addOption(
    new Option(
      '--require-gate <verdict>',
      `the least that the source must have learned: ${effect}`,
    ).choices(GATE_REQUIREMENTS),
  );
}

/** The settings of a recipe that the option stands for. */
export function gateSettings({ requireGate }: GateOptions, key = 'requireGate'): string[] {
  return requireGate === undefined ? [] : [`${key}=${requireGate}`];
}
