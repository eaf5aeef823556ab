// What a warrior is called on a hill.

import { createHash } from 'node:crypto';
import type { Warrior } from '../corewar/index.ts';
import { warriorContent } from './hill.ts';

/** A name of a warrior's content: equal for equal warriors. */
export function warriorId(warrior: Warrior): string {
  return createHash('sha256').update(warriorContent(warrior)).digest('hex').slice(0, ID_LENGTH);
}

const ID_LENGTH = 16;
