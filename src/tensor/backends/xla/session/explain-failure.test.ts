import { expect, test } from 'vitest';
import { UserError } from '../../../../core/index.ts';
import { explainFailure } from './explain-failure.ts';
import { PjrtError } from './plugin.ts';

test('an error of the plugin says what to do, one of ours does not', () => {
  const full = new PjrtError('RESOURCE_EXHAUSTED', 'trying to allocate 9 bytes');
  for (const asked of ['load', 'run', 'createState', null] as const) {
    const { error, hint } = explainFailure(full, asked);
    expect(error).toBe(
      'the device is out of memory: RESOURCE_EXHAUSTED: trying to allocate 9 bytes',
    );
    expect(hint).toMatch(/smaller batchSize/);
  }
  const lost = new PjrtError('INTERNAL', 'lost');
  expect(explainFailure(lost, 'run')).toEqual({
    error: 'the device failed: INTERNAL: lost',
    hint: 'primordia devices says whether it still works',
  });
  expect(explainFailure(lost, 'load')).toEqual({ error: 'INTERNAL: lost' });
  expect(explainFailure(lost, null)).toEqual({ error: 'INTERNAL: lost', hint: '' });
  const none = new PjrtError('FAILED_PRECONDITION', 'No visible GPU devices.');
  expect(explainFailure(none, null).hint).toMatch(/GPU with its driver/);
  expect(explainFailure(new Error('ours'), 'run')).toEqual({ error: 'ours' });
  const user = new UserError('what', { hint: 'do' });
  expect(explainFailure(user, 'load')).toEqual({ error: 'what', hint: 'do' });
});
