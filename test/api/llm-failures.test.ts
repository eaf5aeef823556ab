// What happens when a language model's server fails, over real sockets and without real waits.

import { describe, expect, it } from 'vitest';
import { REPLIES, type ScriptedReply } from '../support/language-model-server.ts';
import { ask, failureOf, openScriptedModel, TIMEOUT_MS, until } from '../support/scripted-model.ts';

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
    const { server, clock, events, connect } = await openScriptedModel([
      reply,
      reply,
      REPLIES.text('yes'),
    ]);
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
      const { server, clock, connect } = await openScriptedModel([{ kind }, REPLIES.text('yes')]);
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
    const { clock, connect } = await openScriptedModel([
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
      const { server, clock, connect } = await openScriptedModel([
        REPLIES.error(500),
        REPLIES.error(500),
        REPLIES.text('yes'),
      ]);
      // One base URL for all, so that the port does not make another request of it.
      const send: typeof fetch = (url, init) =>
        fetch(String(url).replace('http://model.test/v1', server.baseUrl), init);
      await connect({ baseUrl: 'http://model.test/v1', fetch: send }).complete(ask(content));
      return clock.waits;
    };
    const [a, b, again] = [await waitsFor('a'), await waitsFor('b'), await waitsFor('a')];
    expect(a).toEqual(again);
    expect(a).not.toEqual(b);
  });

  it('end in an error after the last retry', async () => {
    const { server, connect } = await openScriptedModel(() => REPLIES.error(503, 'busy'));
    const error = await failureOf(connect({ retries: 2 }).complete(ask('go?')));
    expect(error).toMatchObject({ name: 'LanguageModelError', kind: 'server', status: 503 });
    expect(error.message).toBe(
      `openai:small at ${server.baseUrl}: the server failed (HTTP 503: busy) (after 3 attempts)`,
    );
    expect(server.requests.length).toBe(3);
  });

  it('are repeated while a server that was there starts again', async () => {
    const { server, clock, connect } = await openScriptedModel(() => REPLIES.text('yes'));
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
    const { server, connect } = await openScriptedModel([reply]);
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
    const { server, clock, connect } = await openScriptedModel([]);
    await server.stop();
    const error = await failureOf(connect().complete(ask('go?')));
    expect(error.message).toContain(`${server.baseUrl}: connection refused`);
    expect(error.hint).toContain('is the server running?');
    expect(clock.waits).toEqual([]);
  });

  it('a redirect is not followed, so that the key stays here', async () => {
    const other = await openScriptedModel([REPLIES.text('stolen')]);
    const { connect } = await openScriptedModel([
      REPLIES.redirect(`${other.server.baseUrl}/chat/completions`),
    ]);
    const error = await failureOf(connect().complete(ask('go?')));
    expect(error.kind).toBe('redirect');
    expect(other.server.requests).toEqual([]);
  });

  it('of one request leave the model usable', async () => {
    const { connect } = await openScriptedModel([REPLIES.error(400), REPLIES.text('yes')]);
    const model = connect({ concurrency: 1 });
    await failureOf(model.complete(ask('a')));
    expect((await model.complete(ask('b'))).text).toBe('yes');
  });
});
