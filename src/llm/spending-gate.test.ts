import { describe, expect, it } from 'vitest';
import type { Budget } from './language-model.ts';
import { BudgetSpent } from './llm-errors.ts';
import { addUsage, countUnanswered, mergeUsage, NO_USAGE, SpendingGate } from './spending-gate.ts';

const open = (concurrency: number, budget: Budget = {}, spent = NO_USAGE) =>
  new SpendingGate({ concurrency, budget, spent });

/** A body that ends when told to. */
function holdable() {
  let end = () => {};
  const held = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { body: () => held, end: () => end() };
}
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('the limit of requests in flight', () => {
  it('lets so many through, in the order they came', async () => {
    const gate = open(2);
    const started: number[] = [];
    const holds = Array.from({ length: 5 }, holdable);
    const passes = holds.map((hold, i) =>
      gate.pass(1, undefined, () => {
        started.push(i);
        return hold.body();
      }),
    );
    await turn();
    expect(started).toEqual([0, 1]);
    holds[1]!.end();
    await turn();
    expect(started).toEqual([0, 1, 2]);
    for (const hold of holds) hold.end();
    await Promise.all(passes);
    expect(started).toEqual([0, 1, 2, 3, 4]);
  });

  it('gives back the place of a body that fails, and of one that is aborted while it waits', async () => {
    const gate = open(1);
    await expect(gate.pass(1, undefined, () => Promise.reject(new Error('mine')))).rejects.toThrow(
      'mine',
    );
    const hold = holdable();
    const first = gate.pass(1, undefined, hold.body);
    const controller = new AbortController();
    const second = gate.pass(1, controller.signal, () =>
      Promise.reject(new Error('must not start')),
    );
    const third = gate.pass(1, undefined, async () => 3);
    controller.abort(new Error('stopped'));
    await expect(second).rejects.toThrow('stopped');
    hold.end();
    await first;
    expect(await third).toBe(3);
  });
});

describe('the budget', () => {
  it('counts requests when they are sent, retries among them, and those of earlier runs', () => {
    const gate = open(1, { requests: 5 }, { ...NO_USAGE, requests: 3 });
    gate.countRequest(false);
    gate.countRequest(true);
    const cause = new Error('why it was repeated');
    try {
      gate.countRequest(true, cause);
      throw new Error('nothing was thrown');
    } catch (error) {
      expect(error).toBeInstanceOf(BudgetSpent);
      expect(error).toMatchObject({ limit: 'requests', allowed: 5, spent: 5, cause });
      expect((error as Error).message).toBe('the budget of 5 requests is spent (5 used)');
    }
    expect(gate.totals).toMatchObject({ requests: 5, retries: 1 });
  });

  it('lets no more tokens be asked for than are left, as far as one can know', async () => {
    const gate = open(8, { tokens: 100 });
    const holds = Array.from({ length: 4 }, holdable);
    const started: number[] = [];
    const passes = holds.map((hold, i) =>
      gate.pass(60, undefined, () => {
        started.push(i);
        return hold
          .body()
          .then(() => gate.countCompletion({ inputTokens: 30, outputTokens: 10 }, 1));
      }),
    );
    const settled = Promise.allSettled(passes);
    await turn();
    // 60 reserved leave room for one more; 120 leave none.
    expect(started).toEqual([0, 1]);
    for (const hold of holds) hold.end();
    const results = await settled;
    // 80 are spent by two, so a third may begin, and then nothing is left.
    expect(started).toEqual([0, 1, 2]);
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
    ]);
    expect((results[3] as PromiseRejectedResult).reason).toMatchObject({
      limit: 'tokens',
      spent: 120,
    });
  });

  it('refuses everybody at once when it is spent', async () => {
    const gate = open(1, { tokens: 0 });
    for (let i = 0; i < 3; i++) {
      await expect(gate.pass(1, undefined, async () => 1)).rejects.toThrow(BudgetSpent);
    }
  });
});

describe('totals', () => {
  it('add up, failures by kind', () => {
    const a = { ...NO_USAGE, requests: 2, failures: { server: 1, timeout: 2 }, seconds: 0.5 };
    const b = { ...NO_USAGE, requests: 1, failures: { server: 4 }, seconds: 1, cacheHits: 3 };
    expect(addUsage(a, b)).toEqual({
      ...NO_USAGE,
      requests: 3,
      cacheHits: 3,
      failures: { server: 5, timeout: 2 },
      seconds: 1.5,
    });
    expect(NO_USAGE.failures).toEqual({});
  });

  it('are copies', () => {
    const gate = open(1);
    const before = gate.totals;
    gate.countFailure('server', 1);
    expect(before.failures).toEqual({});
    (gate.totals.failures as Record<string, number>).server = 99;
    expect(gate.totals.failures.server).toBe(1);
  });
});

describe('totals after a kill', () => {
  // Six requests were sent: three answered, one failed and was repeated, two were cut off.
  const counted = { ...NO_USAGE, requests: 6, retries: 1, completions: 2, failures: { server: 1 } };
  // The third answer was kept, and the process died before it was counted.
  const kept = { ...NO_USAGE, requests: 4, retries: 1, completions: 3, inputTokens: 30 };

  it('are what the counter and the answers know together', () => {
    const merged = mergeUsage(counted, kept);
    expect(merged).toEqual({
      ...NO_USAGE,
      requests: 6,
      retries: 1,
      completions: 3,
      inputTokens: 30,
      failures: { server: 1 },
    });
    expect(mergeUsage(kept, counted)).toEqual(merged);
    expect(countUnanswered(merged)).toBe(2);
  });

  it('never have fewer than no requests unanswered', () => {
    expect(countUnanswered({ ...NO_USAGE, requests: 1, completions: 2 })).toBe(0);
  });
});
