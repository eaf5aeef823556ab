// Models that talk to a scripted server, on a clock that tests move. What was started ends with each test.

import { expect, onTestFinished } from 'vitest';
import { UserError } from '../../src/core/index.ts';
import {
  type CompletionRequest,
  createLanguageModel,
  type LanguageModelError,
  type LanguageModelEvent,
  type LanguageModelOptions,
} from '../../src/llm/index.ts';
import { type Script, startLanguageModelServer } from './language-model-server.ts';
import { createManualClock } from './manual-clock.ts';

/** The key that every model here has, in the environment variable TEST_KEY. */
export const KEY = 'sk-test-0123456789abcdef';
export const TIMEOUT_MS = 60_000;

/** A request with one message. */
export const ask = (content: string, rest: Partial<CompletionRequest> = {}): CompletionRequest => ({
  messages: [{ role: 'user', content }],
  ...rest,
});

/** A server, and models that talk to it. */
export async function openScriptedModel(script: Script) {
  const server = await startLanguageModelServer(script);
  onTestFinished(() => server.stop());
  const clock = createManualClock(TIMEOUT_MS);
  const events: LanguageModelEvent[] = [];
  const connect = (options: Partial<LanguageModelOptions> = {}) =>
    createLanguageModel({
      provider: 'openai',
      model: 'small',
      baseUrl: server.baseUrl,
      apiKeyVariable: 'TEST_KEY',
      env: { TEST_KEY: KEY },
      timeoutMs: TIMEOUT_MS,
      clock,
      onEvent: (event) => events.push(event),
      ...options,
    });
  return { server, clock, events, connect };
}

/** The error that a completion ends in. */
export async function failureOf(promise: Promise<unknown>): Promise<LanguageModelError> {
  const error = await promise.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return error as LanguageModelError;
}

/** Waits, over turns of the event loop, until something has come about. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}
