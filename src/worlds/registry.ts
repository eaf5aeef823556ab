// The worlds and tasks that come with the package.

import type { WorldRegistry } from './define-world.ts';
import { dfa } from './dfa.ts';
import { dyck } from './dyck.ts';
import { elementary } from './elementary.ts';
import { iid } from './iid.ts';
import { life } from './life.ts';
import { nca } from './nca/define-nca.ts';
import { shuffled } from './shuffled.ts';
import { copy } from './tasks/copy.ts';
import { modular } from './tasks/modular.ts';
import { parity } from './tasks/parity.ts';
import { recall } from './tasks/recall.ts';
import { retrieval } from './tasks/retrieval.ts';
import { selectiveCopy } from './tasks/selective-copy.ts';
import { stack } from './tasks/stack.ts';

/** Memory tasks: only some tokens are targets. */
export const TASKS = {
  copy,
  stack,
  recall,
  retrieval,
  'selective-copy': selectiveCopy,
  modular,
  parity,
} as const satisfies WorldRegistry;

/** Worlds whose every token is a target, except for the first frame or token. */
export const SOURCES = {
  nca,
  shuffled,
  iid,
  dyck,
  elementary,
  life,
  dfa,
} as const satisfies WorldRegistry;

/** The worlds and tasks that come with the package, by kind. */
export const WORLDS = { ...SOURCES, ...TASKS } as const satisfies WorldRegistry;
