// Language models from outside: against a scripted server, over real sockets, without real waits.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/index.ts';
import {
  BudgetSpent,
  type CompletionRequest,
  createLanguageModel,
  type LanguageModelError,
  type LanguageModelEvent,
  type LanguageModelOptions,
  NO_USAGE,
  readCacheUsage,
} from '../../src/llm/index.ts';
import {
  type LanguageModelServer,
  REPLIES,
  type Script,
  type ScriptedReply,
  startLanguageModelServer,
} from '../support/language-model-server.ts';
import { createManualClock } from '../support/manual-clock.ts';

const KEY = 'sk-test-0123456789abcdef';
const TIMEOUT_MS = 60_000;
const ask = (content: string, rest: Partial<CompletionRequest> = {}): CompletionRequest => ({
  messages: [{ role: 'user', content }],
  ...rest,
});

let folder: string;
let servers: LanguageModelServer[];
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'llm-'));
  servers = [];
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(folder, { recursive: true });
});

/** A server, and models that talk to it. */
async function open(script: Script) {
  const server = await startLanguageModelServer(script);
  servers.push(server);
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

async function failureOf(promise: Promise<unknown>): Promise<LanguageModelError> {
  const error = await promise.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return error as LanguageModelError;
}

/** Waits, over turns of the event loop, until something has come about. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

describe('a completion', () => {
  it('is asked for in OpenAI’s protocol', async () => {
    const { server, connect } = await open([REPLIES.text('yes', 11, 7)]);
    const model = connect();
    expect(model.name).toBe('openai:small');
    const request = ask('go?', { temperature: 0.5, maxTokens: 9, seed: 4, tag: 'round 1' });
    expect(await model.complete(request)).toEqual({
      text: 'yes',
      usage: { inputTokens: 11, outputTokens: 7 },
      cached: false,
      stopReason: 'stop',
    });
    const [sent] = server.requests;
    expect(sent).toMatchObject({ method: 'POST', path: '/v1/chat/completions' });
    expect(sent!.headers).toMatchObject({
      authorization: `Bearer ${KEY}`,
      'content-type': 'application/json',
    });
    expect(sent!.json).toEqual({
      model: 'small',
      messages: [{ role: 'user', content: 'go?' }],
      stream: false,
      temperature: 0.5,
      max_tokens: 9,
      seed: 4,
    });
  });

  it('is asked for in Anthropic’s protocol', async () => {
    const { server, connect } = await open([
      { kind: 'text', text: 'ja', stopReason: 'max_tokens' },
    ]);
    const model = connect({ provider: 'anthropic' });
    const messages = [{ role: 'system', content: 'be kind' }, ...ask('go?').messages] as const;
    expect(await model.complete({ messages })).toMatchObject({ text: 'ja', stopReason: 'length' });
    const [sent] = server.requests;
    expect(sent!.path).toBe('/v1/messages');
    expect(sent!.headers).toMatchObject({ 'x-api-key': KEY, 'anthropic-version': '2023-06-01' });
    expect(sent!.headers).not.toHaveProperty('authorization');
    expect(sent!.json).toMatchObject({ system: 'be kind', messages: ask('go?').messages });
  });

  it('needs no key where the server wants none, and sends none that was not named', async () => {
    const { server, connect } = await open([REPLIES.text('yes')]);
    const { apiKeyVariable: _, ...options } = { ...keyless(server), env: { OPENAI_API_KEY: KEY } };
    await createLanguageModel(options).complete(ask('go?'));
    expect(JSON.stringify(server.requests)).not.toContain(KEY);
    expect(connect().usage()).toEqual(NO_USAGE);
  });

  it('is refused before sending when it cannot be one', async () => {
    const { server, connect } = await open([]);
    const model = connect();
    for (const request of [
      { messages: [] },
      { messages: [{ role: 'system', content: 'x' }] as const },
      ask('x', { temperature: -1 }),
      ask('x', { temperature: Number.NaN }),
      ask('x', { maxTokens: 0 }),
      ask('x', { seed: 0.5 }),
    ]) {
      await expect(model.complete(request)).rejects.toThrow(RangeError);
    }
    for (const options of [
      { concurrency: 0 },
      { retries: -1 },
      { timeoutMs: 300_001 },
      { budget: { requests: 1.5 } },
      { budget: { tokens: Number.NaN } },
    ]) {
      expect(() => connect(options)).toThrow(UserError);
    }
    expect(server.requests).toEqual([]);
  });
});

function keyless(server: LanguageModelServer): LanguageModelOptions {
  return { provider: 'openai', model: 'small', baseUrl: server.baseUrl, env: {} };
}

describe('failures that pass', () => {
  const passing: [string, ScriptedReply, string][] = [
    ['429', REPLIES.rateLimit('0'), 'rate-limit'],
    ['408', REPLIES.error(408), 'server'],
    ['409', REPLIES.error(409), 'server'],
    ['500', REPLIES.error(500), 'server'],
    ['529', REPLIES.error(529), 'server'],
    ['a reset', { kind: 'reset' }, 'network'],
    ['a reset inside the body', { kind: 'reset-in-body' }, 'network'],
    ['truncated JSON', { kind: 'truncated' }, 'malformed'],
    ['garbage', REPLIES.garbage, 'malformed'],
    ['an answer without its parts', { kind: 'json', json: { choices: [] } }, 'malformed'],
    [
      'an error with status 200',
      { kind: 'json', json: { error: { code: 502, message: 'x' } } },
      'server',
    ],
  ];
  it.each(passing)('%s is repeated', async (_, reply, kind) => {
    const { server, clock, events, connect } = await open([reply, reply, REPLIES.text('yes')]);
    const model = connect();
    expect((await model.complete(ask('go?', { tag: 't' }))).text).toBe('yes');
    expect(server.requests.length).toBe(3);
    expect(new Set(server.requests.map(({ text }) => text)).size).toBe(1);
    expect(model.usage()).toMatchObject({
      requests: 3,
      retries: 2,
      completions: 1,
      failures: { [kind]: 2 },
    });
    const retries = events.filter((event) => event.kind === 'retry');
    expect(retries).toMatchObject([
      { tag: 't', attempt: 1, failure: kind },
      { tag: 't', attempt: 2, failure: kind },
    ]);
    expect(clock.waits).toEqual(retries.map(({ delayMs }) => delayMs));
    expect(clock.waits[1]).toBeGreaterThanOrEqual(1000);
  });

  it.each(['hang', 'hang-in-body'] as const)(
    'a server that does not finish (%s) is asked again',
    async (kind) => {
      const { server, clock, connect } = await open([{ kind }, REPLIES.text('yes')]);
      const model = connect();
      const completion = model.complete(ask('go?'));
      await until(() => server.inFlight() === 1);
      clock.expire();
      expect((await completion).text).toBe('yes');
      expect(model.usage()).toMatchObject({ failures: { timeout: 1 }, seconds: TIMEOUT_MS / 1000 });
      expect(clock.running()).toBe(0);
    },
  );

  it('waits as long as the server asks, in seconds or until a date', async () => {
    const script = [REPLIES.rateLimit('17'), REPLIES.rateLimit('Thu, 01 Jan 2026 00:01:00 GMT')];
    const { clock, connect } = await open([
      ...script,
      REPLIES.rateLimit('86400'),
      REPLIES.text('yes'),
    ]);
    await connect().complete(ask('go?'));
    // The clock begins at midnight, so 43 s were left of the minute; a day is more than is ever waited.
    expect(clock.waits).toEqual([17_000, 43_000, 120_000]);
  });

  it('waits the same for the same request, and differently for others', async () => {
    const waitsFor = async (content: string) => {
      const { clock, connect } = await open([
        REPLIES.error(500),
        REPLIES.error(500),
        REPLIES.text('yes'),
      ]);
      // One base URL for all, so that the port does not make another request of it.
      const { baseUrl } = servers.at(-1)!;
      const send: typeof fetch = (url, init) =>
        fetch(String(url).replace('http://model.test/v1', baseUrl), init);
      await connect({ baseUrl: 'http://model.test/v1', fetch: send }).complete(ask(content));
      return clock.waits;
    };
    const [a, b, again] = [await waitsFor('a'), await waitsFor('b'), await waitsFor('a')];
    expect(a).toEqual(again);
    expect(a).not.toEqual(b);
  });

  it('end in an error after the last retry', async () => {
    const { server, connect } = await open(() => REPLIES.error(503, 'busy'));
    const error = await failureOf(connect({ retries: 2 }).complete(ask('go?')));
    expect(error).toMatchObject({ name: 'LanguageModelError', kind: 'server', status: 503 });
    expect(error.message).toBe(
      `openai:small at ${server.baseUrl}: the server failed (HTTP 503: busy) (after 3 attempts)`,
    );
    expect(server.requests.length).toBe(3);
  });

  it('are repeated while a server that was there starts again', async () => {
    const { server, clock, connect } = await open(() => REPLIES.text('yes'));
    const model = connect({ retries: 20 });
    await model.complete(ask('a'));
    await server.stop();
    const completion = model.complete(ask('b'));
    await until(() => clock.waits.length >= 2);
    await server.start();
    expect((await completion).text).toBe('yes');
    expect(model.usage().failures.network).toBeGreaterThanOrEqual(2);
  });
});

describe('failures that stay', () => {
  const staying: [string, ScriptedReply, string, RegExp][] = [
    [
      '400',
      REPLIES.error(400, 'no such knob'),
      'rejected',
      /does not accept the request .*no such knob/,
    ],
    ['401', REPLIES.error(401), 'authorization', /the key in TEST_KEY is not valid/],
    ['402', REPLIES.error(402), 'quota', /no credit/],
    ['403', REPLIES.error(403), 'authorization', /access denied with the key in TEST_KEY/],
    ['404', REPLIES.error(404), 'not-found', /no such model or address/],
    ['a web page', REPLIES.webPage, 'malformed', /a web page/],
    [
      'an enormous answer',
      { kind: 'enormous', bytes: 9 * 2 ** 20 },
      'too-large',
      /larger than 8 MiB/,
    ],
  ];
  it.each(staying)('%s is an error at once', async (_, reply, kind, message) => {
    const { server, connect } = await open([reply]);
    const model = connect();
    const error = await failureOf(model.complete(ask('go?')));
    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(message);
    expect(error.hint).toBeTruthy();
    expect(server.requests.length).toBe(1);
    expect(model.usage()).toMatchObject({
      requests: 1,
      retries: 0,
      completions: 0,
      failures: { [kind]: 1 },
    });
  });

  it('a server that is not there is an error at once', async () => {
    const { server, clock, connect } = await open([]);
    await server.stop();
    const error = await failureOf(connect().complete(ask('go?')));
    expect(error.message).toContain(`${server.baseUrl}: connection refused`);
    expect(error.hint).toContain('is the server running?');
    expect(clock.waits).toEqual([]);
  });

  it('a redirect is not followed, so that the key stays here', async () => {
    const other = await open([REPLIES.text('stolen')]);
    const { connect } = await open([REPLIES.redirect(`${other.server.baseUrl}/chat/completions`)]);
    const error = await failureOf(connect().complete(ask('go?')));
    expect(error.kind).toBe('redirect');
    expect(other.server.requests).toEqual([]);
  });

  it('of one request leave the model usable', async () => {
    const { connect } = await open([REPLIES.error(400), REPLIES.text('yes')]);
    const model = connect({ concurrency: 1 });
    await failureOf(model.complete(ask('a')));
    expect((await model.complete(ask('b'))).text).toBe('yes');
  });
});

describe('the caller’s signal', () => {
  it('ends a request in flight, a wait for a retry, and a wait for a place', async () => {
    const { server, connect } = await open([{ kind: 'hang' }]);
    const model = connect({ concurrency: 1 });
    const controllers = [new AbortController(), new AbortController()];
    const [flying, queued] = controllers.map(({ signal }, i) =>
      model.complete(ask(`${i}`), { signal }),
    );
    await until(() => server.inFlight() === 1);
    controllers[1]!.abort(new Error('second stopped'));
    await expect(queued).rejects.toThrow('second stopped');
    controllers[0]!.abort(new Error('first stopped'));
    await expect(flying).rejects.toThrow('first stopped');
    await until(() => server.inFlight() === 0);
    expect(model.usage()).toMatchObject({ requests: 1, failures: {} });
    await expect(model.complete(ask('x'), { signal: AbortSignal.abort() })).rejects.toThrow(
      /abort/i,
    );
    expect(server.requests.length).toBe(1);

    const controller = new AbortController();
    const waiting = await open(() => REPLIES.error(500));
    const retrying = waiting.connect({
      onEvent: ({ kind }) => {
        if (kind === 'retry') controller.abort(new Error('third stopped'));
      },
    });
    await expect(retrying.complete(ask('x'), controller)).rejects.toThrow('third stopped');
    expect(waiting.server.requests.length).toBe(1);
    expect(retrying.usage().requests).toBe(1);
  });
});

describe('concurrency and budget', () => {
  it('never has more requests in flight than allowed', async () => {
    const { server, connect } = await open(async () => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      return REPLIES.text('yes');
    });
    const model = connect({ concurrency: 3 });
    await Promise.all(Array.from({ length: 20 }, (_, i) => model.complete(ask(`${i}`))));
    expect(server.requests.length).toBe(20);
    expect(server.mostInFlight()).toBe(3);
  });

  it('stops at the budget of requests, with all in flight counted, and goes on with a larger one', async () => {
    const { server, connect } = await open((request) =>
      request.index % 3 === 0 ? REPLIES.error(500) : REPLIES.text('yes'),
    );
    const options = { cacheDirectory: folder, concurrency: 4 };
    const first = connect({ ...options, budget: { requests: 10 } });
    const requests = Array.from({ length: 12 }, (_, i) => ask(`${i}`));
    const results = await Promise.allSettled(requests.map((request) => first.complete(request)));
    expect(server.requests.length).toBe(10);
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.length).toBeGreaterThan(3);
    for (const { reason } of refused) expect(reason).toBeInstanceOf(BudgetSpent);
    const done = results.length - refused.length;

    const spent = first.usage();
    const second = connect({ ...options, spent, budget: { requests: 11 } });
    await Promise.allSettled(requests.map((request) => second.complete(request)));
    expect(server.requests.length).toBe(11);
    expect(second.usage()).toMatchObject({ requests: 11, cacheHits: done });

    const third = connect({ ...options, spent: second.usage() });
    await Promise.all(requests.map((request) => third.complete(request)));
    expect(third.usage()).toMatchObject({ requests: server.requests.length, completions: 12 });
  });

  it('stops at the budget of tokens', async () => {
    const { server, connect } = await open(() => REPLIES.text('yes', 30, 20));
    const model = connect({ concurrency: 8, budget: { tokens: 120 } });
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, i) => model.complete(ask(`${i}`, { maxTokens: 20 }))),
    );
    expect(server.requests.length).toBeLessThanOrEqual(6);
    const { inputTokens, outputTokens } = model.usage();
    expect(inputTokens + outputTokens).toBe(server.requests.length * 50);
    expect(results.some(({ status }) => status === 'rejected')).toBe(true);
    await expect(model.complete(ask('more'))).rejects.toMatchObject({
      limit: 'tokens',
      allowed: 120,
    });
  });

  it('with a budget of nothing, only replays, and needs no key', async () => {
    const { server, connect } = await open([REPLIES.text('yes')]);
    await connect({ cacheDirectory: folder }).complete(ask('a'));
    const replay = connect({ cacheDirectory: folder, env: {}, budget: { requests: 0 } });
    expect(await replay.complete(ask('a'))).toMatchObject({ text: 'yes', cached: true });
    await expect(replay.complete(ask('b'))).rejects.toThrow(BudgetSpent);
    expect(server.requests.length).toBe(1);
  });
});

describe('the cache', () => {
  it('answers equal requests without sending, also those that are asked at once', async () => {
    const { server, events, connect } = await open((request) => REPLIES.text(`${request.index}`));
    const model = connect({ cacheDirectory: folder });
    const request = ask('a', { tag: '1' });
    const texts = await Promise.all([1, 2, 3].map(() => model.complete(request)));
    expect(texts.map(({ text, cached }) => [text, cached])).toEqual([
      ...[
        ['0', false],
        ['0', true],
        ['0', true],
      ],
    ]);
    expect((await model.complete({ ...request, tag: '2' })).text).toBe('1');
    expect((await connect({ cacheDirectory: folder }).complete(request)).text).toBe('0');
    expect(server.requests.length).toBe(2);
    expect(model.usage()).toMatchObject({
      requests: 2,
      cacheHits: 2,
      completions: 2,
      inputTokens: 20,
    });
    expect(events.filter((event) => event.kind === 'completion' && event.cached).length).toBe(3);
    expect(readCacheUsage(folder)).toMatchObject({ requests: 2, completions: 2, outputTokens: 10 });
  });

  it('without a folder, equal requests are two samples', async () => {
    const { connect } = await open((request) => REPLIES.text(`${request.index}`));
    const model = connect();
    const texts = await Promise.all([model.complete(ask('a')), model.complete(ask('a'))]);
    expect(new Set(texts.map(({ text }) => text)).size).toBe(2);
  });

  it('holds an answer before it is returned or told of', async () => {
    const { connect } = await open(() => REPLIES.text('yes'));
    const filesWhenTold: number[] = [];
    const model = connect({
      cacheDirectory: folder,
      onEvent: ({ kind }) => {
        if (kind === 'completion') filesWhenTold.push(readdirSync(folder).length);
      },
    });
    await model.complete(ask('a'));
    await model.complete(ask('b'));
    expect(filesWhenTold).toEqual([1, 2]);
  });

  it('asks again for what is damaged, and says so', async () => {
    const { server, events, connect } = await open((request) => REPLIES.text(`${request.index}`));
    await connect({ cacheDirectory: folder }).complete(ask('a'));
    const [name] = readdirSync(folder);
    writeFileSync(path.join(folder, name!), '{"half":');
    const model = connect({ cacheDirectory: folder });
    expect(await model.complete(ask('a'))).toMatchObject({ text: '1', cached: false });
    expect(await model.complete(ask('a'))).toMatchObject({ text: '1', cached: true });
    expect(server.requests.length).toBe(2);
    expect(events.filter(({ kind }) => kind === 'damaged-cache')).toEqual([
      { kind: 'damaged-cache', file: path.join(folder, name!), reason: 'it is not JSON' },
    ]);
  });

  it('keeps empty answers, and no failures', async () => {
    const empty = {
      choices: [{ message: { content: null, reasoning: 'hm' }, finish_reason: 'length' }],
    };
    const { server, connect } = await open([{ kind: 'json', json: empty }, REPLIES.error(400)]);
    const model = connect({ cacheDirectory: folder });
    const answers = [await model.complete(ask('a')), await model.complete(ask('a'))];
    expect(answers).toMatchObject([
      { text: '', stopReason: 'length', cached: false },
      { text: '', stopReason: 'length', cached: true },
    ]);
    await failureOf(model.complete(ask('b')));
    await failureOf(model.complete(ask('b')));
    expect(server.requests.length).toBe(3);
  });
});

describe('the key', () => {
  it('is in no file, event, error or answer, whatever the server echoes', async () => {
    const echo: Script = ({ headers, index }) => {
      const text = `you sent ${JSON.stringify(headers)}`;
      return [
        REPLIES.error(500, text),
        { kind: 'json', json: { error: text } },
        { kind: 'raw', status: 503, headers: { 'content-type': 'text/plain' }, body: text },
        REPLIES.text(text),
        REPLIES.error(401, text),
        REPLIES.redirect(`http://127.0.0.1/?key=${KEY}`),
      ][index] as ScriptedReply;
    };
    const { server, events, connect } = await open(echo);
    const model = connect({ cacheDirectory: folder });
    const answer = await model.complete(ask(`a ${KEY}`, { tag: KEY }));
    expect(answer.text).toContain('Bearer [key]');
    const errors = [
      await failureOf(model.complete(ask('b'))),
      await failureOf(model.complete(ask('c'))),
    ];
    const shown = errors.map((error) => [
      error.message,
      error.hint,
      error.stack,
      error.cause,
      { ...error },
    ]);
    const files = readdirSync(folder).map(
      (name) => name + readFileSync(path.join(folder, name), 'utf8'),
    );
    const everything = JSON.stringify([answer, shown, events, files, model, model.usage()]);
    expect(everything).not.toContain(KEY.slice(3));
    expect(everything.length).toBeGreaterThan(1000);
    expect(server.requests.every(({ headers }) => headers.authorization === `Bearer ${KEY}`)).toBe(
      true,
    );
  });

  it('that travels unencrypted to another machine is warned of, once', async () => {
    const { server, events, connect } = await open(() => REPLIES.text('yes'));
    const baseUrl = 'http://model.test/v1';
    const send: typeof fetch = (_, init) => fetch(`${server.baseUrl}/chat/completions`, init);
    const model = connect({ baseUrl, fetch: send });
    await model.complete(ask('a'));
    await model.complete(ask('b'));
    expect(events.filter(({ kind }) => kind === 'warning')).toEqual([
      { kind: 'warning', text: `the key in TEST_KEY travels unencrypted to ${baseUrl}` },
    ]);
    await connect().complete(ask('c'));
    expect(events.filter(({ kind }) => kind === 'warning').length).toBe(1);
  });
});
