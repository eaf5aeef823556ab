// Twenty kills of an arms race, genetic and with a language model: the same files as undisturbed, and the same bytes.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Killing, killAndResume, runUndisturbed, SMALL_RACE } from '../support/drq-kills.ts';
import {
  REPLIES,
  type RecordedRequest,
  type ScriptedReply,
  startLanguageModelServer,
} from '../support/language-model-server.ts';

const POINTS = 20;

/** Redcode that depends on the question and on nothing else. */
function answer({ text }: RecordedRequest): ScriptedReply {
  const step = 1 + (text.length % 19);
  return REPLIES.text(
    `\`\`\`redcode\n;name Bomber ${step}\nadd.ab #${step}, $3\nmov.i $2, @2\njmp $-2\ndat 0, 0\n\`\`\``,
  );
}

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
    const server = await startLanguageModelServer(answer);
    try {
      const env = { OPENAI_API_KEY: 'sk-test' };
      // Going on happens in this process.
      vi.stubEnv('OPENAI_API_KEY', env.OPENAI_API_KEY);
      const args = [
        ...SMALL_RACE.slice(0, 2),
        '--base-url',
        server.baseUrl,
        ...SMALL_RACE.slice(2),
      ];
      await sweep({ args, env });
    } finally {
      await server.stop();
    }
  });
});
