import { expect, test } from 'vitest';
import { gateResult } from '../../test/support/gate-result.ts';
import { describeGate } from './describe-gate.ts';

test.each([
  ['reused', true],
  ['fresh', false],
  ['fixed', false],
  [null, false],
] as const)('held-out rules that are %s are told of: %s', (heldOutRules, isTold) => {
  const text = describeGate(gateResult({ heldOutRules })).join('\n');
  expect(text.includes('new initial states of rules that training draws from too')).toBe(isTold);
});
