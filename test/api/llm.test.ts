// Language models from outside: against a scripted server, over real sockets, without real waits.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/index.ts';
import {
  BudgetSpent,
  createLanguageModel,
  type LanguageModelOptions,
  NO_USAGE,
  readCacheUsage,
} from '../../src/llm/index.ts';
import {
  type LanguageModelServer,
  REPLIES,
  type Script,
  type ScriptedReply,
} from '../support/language-model-server.ts';
import { ask, failureOf, KEY, openScriptedModel, until } from '../support/scripted-model.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'llm-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a completion', () => {
  it('is asked for in OpenAI’s protocol', async () => {
    const { server, connect } = await openScriptedModel([REPLIES.text('yes', 11, 7)]);
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
    const { server, connect } = await openScriptedModel([
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

  it('needs no key where the server requires none, and sends none that was not named', async () => {
    const { server, connect } = await openScriptedModel([REPLIES.text('yes')]);
    const { apiKeyVariable: _, ...options } = { ...keyless(server), env: { OPENAI_API_KEY: KEY } };
    await createLanguageModel(options).complete(ask('go?'));
    expect(JSON.stringify(server.requests)).not.toContain(KEY);
    expect(connect().usage()).toEqual(NO_USAGE);
  });

  it('is refused before sending when it cannot be one', async () => {
    const { server, connect } = await openScriptedModel([]);
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

describe('the caller’s signal', () => {
  it('ends a request in flight, a wait for a retry, and a wait for a place', async () => {
    const { server, connect } = await openScriptedModel([{ kind: 'hang' }]);
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
    const waiting = await openScriptedModel(() => REPLIES.error(500));
    const retrying = waiting.connect({
      onEvent: ({ kind }) => {
        if (kind === 'retry') controller.abort(new Error('third stopped'));
      },
    });
    await expect(retrying.complete(ask('x'), controller)).rejects.toThrow('third stopped');
    expect(waiting.server.requests.length).toBe(1);
    expect(retrying.usage().requests).toBe(1);
  });

  it('drains: what is in flight is waited for and kept, and nothing more is sent', async () => {
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const { server, connect } = await openScriptedModel(async () => {
      await answered;
      return REPLIES.text('late', 3, 2);
    });
    const model = connect({ concurrency: 1, cacheDirectory: folder });
    const controller = new AbortController();
    const drain = controller.signal;
    const flying = model.complete(ask('a'), { drain });
    const queued = model.complete(ask('b'), { drain });
    await until(() => server.inFlight() === 1);
    controller.abort(new Error('no more'));
    await expect(queued).rejects.toThrow('no more');
    answer();
    expect(await flying).toMatchObject({ text: 'late', cached: false });
    await expect(model.complete(ask('c'), { drain })).rejects.toThrow('no more');
    expect(server.requests.length).toBe(1);
    expect(readCacheUsage(folder)).toMatchObject({ requests: 1, completions: 1 });

    const failing = await openScriptedModel(() => REPLIES.error(500));
    const stop = new AbortController();
    const retrying = failing.connect({
      onEvent: ({ kind }) => {
        if (kind === 'retry') stop.abort(new Error('no retry'));
      },
    });
    const asked = retrying.complete(ask('x'), { drain: stop.signal });
    await expect(asked).rejects.toThrow('no retry');
    expect(failing.server.requests.length).toBe(1);
  });

  it('tells of a request when it is counted, and before it is sent', async () => {
    const { server, connect } = await openScriptedModel([REPLIES.error(500), REPLIES.text('yes')]);
    const seen: [sent: number, counted: number][] = [];
    const model = connect({
      onEvent: ({ kind }) => {
        if (kind === 'request') seen.push([server.requests.length, model.usage().requests]);
      },
    });
    await model.complete(ask('x'));
    expect(seen).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });
});

describe('concurrency and budget', () => {
  it('never has more requests in flight than allowed', async () => {
    let release = () => {};
    const three = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { server, connect } = await openScriptedModel(async ({ index }) => {
      // The first wait for the third: however slow the machine is, three are there at once.
      if (index === 2) release();
      await three;
      await new Promise((resolve) => setTimeout(resolve, 2));
      return REPLIES.text('yes');
    });
    const model = connect({ concurrency: 3 });
    await Promise.all(Array.from({ length: 20 }, (_, i) => model.complete(ask(`${i}`))));
    expect(server.requests.length).toBe(20);
    expect(server.mostInFlight()).toBe(3);
  });

  it('stops at the budget of requests, with all in flight counted, and goes on with a larger one', async () => {
    const { server, connect } = await openScriptedModel((request) =>
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
    const { server, connect } = await openScriptedModel(() => REPLIES.text('yes', 30, 20));
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
    const { server, connect } = await openScriptedModel([REPLIES.text('yes')]);
    await connect({ cacheDirectory: folder }).complete(ask('a'));
    const replay = connect({ cacheDirectory: folder, env: {}, budget: { requests: 0 } });
    expect(await replay.complete(ask('a'))).toMatchObject({ text: 'yes', cached: true });
    await expect(replay.complete(ask('b'))).rejects.toThrow(BudgetSpent);
    expect(server.requests.length).toBe(1);
  });
});

describe('the cache', () => {
  it('answers equal requests without sending, also those that are asked at once', async () => {
    const { server, events, connect } = await openScriptedModel((request) =>
      REPLIES.text(`${request.index}`),
    );
    const model = connect({ cacheDirectory: folder });
    const request = ask('a', { tag: '1' });
    const texts = await Promise.all([1, 2, 3].map(() => model.complete(request)));
    expect(texts.map(({ text, cached }) => [text, cached])).toEqual([
      ['0', false],
      ['0', true],
      ['0', true],
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
    const { connect } = await openScriptedModel((request) => REPLIES.text(`${request.index}`));
    const model = connect();
    const texts = await Promise.all([model.complete(ask('a')), model.complete(ask('a'))]);
    expect(new Set(texts.map(({ text }) => text)).size).toBe(2);
  });

  it('holds an answer before it is returned or told of', async () => {
    const { connect } = await openScriptedModel(() => REPLIES.text('yes'));
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
    const { server, events, connect } = await openScriptedModel((request) =>
      REPLIES.text(`${request.index}`),
    );
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
    const { server, connect } = await openScriptedModel([
      { kind: 'json', json: empty },
      REPLIES.error(400),
    ]);
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
    const { server, events, connect } = await openScriptedModel(echo);
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
    const { server, events, connect } = await openScriptedModel(() => REPLIES.text('yes'));
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
