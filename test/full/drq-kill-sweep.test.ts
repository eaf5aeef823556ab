// Twenty kills of an arms race, genetic and with a language model: the same files as undisturbed, and the same bytes.

import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  answerWarrior,
  askModel,
  type Killing,
  killAndResume,
  runUndisturbed,
  SMALL_RACE,
} from '../support/drq-kills.ts';
import { startLanguageModelServer } from '../support/language-model-server.ts';

const POINTS = 20;

async function sweep(killing: Killing): Promise<void> {
  const { operations, names, contents } = await runUndisturbed(killing);
  // How requests and answers interleave moves the end by a few operations.
  const last = killing.env ? operations.length - 12 : operations.length;
  const points = Array.from({ length: POINTS }, (_, i) =>
    // The first ones are the beginning; the others are spread over the run.
    i < 6 ? 1 + 3 * i : Math.round(18 + ((last - 18) * (i - 5)) / (POINTS - 6)),
  );
  expect(new Set(points).size).toBe(POINTS);
  for (const [i, at] of points.entries()) {
    const kind = i % 2 === 0 ? 'kill before' : 'kill midway';
    const { began: _, ...files } = await killAndResume(killing, at, kind);
    expect(files, `${kind} operation ${at}: ${operations[at - 1]}`).toEqual({ names, contents });
  }
}

afterEach(() => void vi.unstubAllEnvs());

describe('an arms race killed at twenty operations on files', () => {
  test('genetic', () => sweep({ args: SMALL_RACE }));

  test('with a language model', async () => {
    const server = await startLanguageModelServer(answerWarrior);
    try {
      const env = { OPENAI_API_KEY: 'sk-test' };
      // Going on happens in this process.
      vi.stubEnv('OPENAI_API_KEY', env.OPENAI_API_KEY);
      const args = askModel(server.baseUrl);
      await sweep({ args, env });
    } finally {
      await server.stop();
    }
  });
});
