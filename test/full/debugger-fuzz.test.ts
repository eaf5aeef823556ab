// Many random sessions of the debugger; a hundred are part of `npm test`.

import { test } from 'vitest';
import { typeRandomSessions } from '../support/debug-fuzz.ts';

test('3,000 random sessions come to their end', () => {
  typeRandomSessions(21, 3000);
}, 600_000);
