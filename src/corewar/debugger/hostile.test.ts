// Any text that is typed is answered: no internal error, no loop without end.

import { test } from 'vitest';
import { typeRandomSessions } from '../../../test/support/debug-fuzz.ts';

test('random sessions come to their end', () => {
  typeRandomSessions(20, 100);
});
