// The warriors that come with the project, and battles of them.

import { readdirSync, readFileSync } from 'node:fs';
import type { ReplayBattle } from '../../studio/pages/core-war/battle-replay.ts';
import {
  type BattleChoice,
  choiceOf,
  setUpBattle,
} from '../../studio/pages/core-war/battle-setup.ts';

const FOLDER = new URL('../../warriors/', import.meta.url);
const SAMPLES = readdirSync(FOLDER).map((file) => ({
  name: file.replace('.red', ''),
  source: readFileSync(new URL(file, FOLDER), 'utf8'),
}));
export const sample = (name: string) => SAMPLES.find((one) => one.name === name)!;

export function openBattle(
  names: readonly string[],
  given: Partial<BattleChoice> = {},
): ReplayBattle {
  const setup = setUpBattle({ ...choiceOf({ warriors: names.map(sample) }), ...given });
  if (setup.kind === 'faulty') throw new Error(JSON.stringify(setup.faults));
  return setup.battle;
}
