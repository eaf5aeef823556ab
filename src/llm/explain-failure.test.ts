import { describe, expect, it } from 'vitest';
import { resolveEndpoint } from './endpoint.ts';
import { explainNetworkError, explainStatus } from './explain-failure.ts';

const KEY = 'sk-"quoted"/0123456789';
const endpoint = resolveEndpoint({ provider: 'openai', model: 'm' }, { OPENAI_API_KEY: KEY }, true);
const keyless = resolveEndpoint(
  { provider: 'openai', model: 'm', baseUrl: 'http://localhost:1/v1' },
  {},
  true,
);
const withCode = (code: string, cause?: unknown) =>
  Object.assign(new Error('inner', { cause }), { code });

describe('statuses', () => {
  it.each([
    [400, 'rejected', false],
    [401, 'authorization', false],
    [402, 'quota', false],
    [403, 'authorization', false],
    [404, 'not-found', false],
    [408, 'server', true],
    [409, 'server', true],
    [413, 'rejected', false],
    [422, 'rejected', false],
    [429, 'rate-limit', true],
    [500, 'server', true],
    [503, 'server', true],
    [529, 'server', true],
    [302, 'redirect', false],
  ])('%i is %s, repeated: %s', (status, kind, retry) => {
    const failure = explainStatus(endpoint, status, '{"error":{"message":"said so"}}');
    expect(failure).toMatchObject({ kind, retry, status });
    expect(failure.message).toContain(`openai:m at https://api.openai.com/v1: `);
    expect(failure.message).toContain(`(HTTP ${status}: said so)`);
    expect(failure.hint.length).toBeGreaterThan(10);
  });

  it('names the variable that holds a refused key, or asks for one', () => {
    expect(explainStatus(endpoint, 401, '').message).toContain(
      'the key in OPENAI_API_KEY is not valid',
    );
    expect(explainStatus(keyless, 401, '').message).toContain('requires a key');
  });

  it('knows a spent account from a busy server', () => {
    const body = '{"error":{"message":"You exceeded your quota","code":"insufficient_quota"}}';
    expect(explainStatus(endpoint, 429, body)).toMatchObject({ kind: 'quota', retry: false });
  });

  it.each([
    ['plain', `no such key: ${KEY}`],
    ['as a message', JSON.stringify({ error: { message: `bad ${KEY}` } })],
    ['as another member', JSON.stringify({ headers: { authorization: `Bearer ${KEY}` } })],
    ['with escapes', `{"x":"\\u0073${JSON.stringify(KEY).slice(2, -1)}"}`],
    ['encoded', `at ?key=${encodeURIComponent(KEY)}`],
    ['at the cut', `${'x'.repeat(290)}${KEY}`],
  ])('takes out a key that is echoed %s', (_, body) => {
    const { message } = explainStatus(endpoint, 400, body);
    expect(message).not.toContain('0123456789');
    expect(message).not.toMatch(/sk-.{0,3}quoted/);
    expect(message).toMatch(/\[key|x{290}/);
  });

  it('keeps what servers say short, on one line, and harmless to terminals', () => {
    const { message } = explainStatus(endpoint, 400, `a\n\u001b[31mb${'c'.repeat(9999)}`);
    expect(message.length).toBeLessThan(450);
    expect(message).toContain('a [31mbc');
    expect(explainStatus(endpoint, 502, '<!DOCTYPE html><p>no').message).toContain('a web page');
    // Too deep to be written again.
    expect(explainStatus(endpoint, 500, '['.repeat(60_000) + ']'.repeat(60_000)).kind).toBe(
      'server',
    );
  });
});

describe('network errors', () => {
  it('finds the code inside what fetch wraps around it', () => {
    const many = new AggregateError([withCode('ECONNREFUSED')]);
    const error = new TypeError('fetch failed', { cause: many });
    const failure = explainNetworkError(keyless, error, false);
    expect(failure).toMatchObject({ kind: 'network', retry: false });
    expect(failure.message).toContain('http://localhost:1/v1: connection refused');
    expect(failure.hint).toContain('is the server running?');
    expect(explainNetworkError(keyless, error, true).retry).toBe(true);
  });

  it.each([
    ['ECONNRESET', 'network', true],
    ['UND_ERR_SOCKET', 'network', true],
    ['UND_ERR_HEADERS_TIMEOUT', 'timeout', true],
    ['ENOTFOUND', 'network', false],
    ['EAI_AGAIN', 'network', true],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'network', false],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'network', false],
  ])('%s is %s, repeated: %s', (code, kind, retry) => {
    const error = new TypeError('fetch failed', { cause: withCode(code) });
    expect(explainNetworkError(endpoint, error, false)).toMatchObject({ kind, retry });
  });

  it('shows a message where there is no code, without the key', () => {
    const failure = explainNetworkError(endpoint, new TypeError(`bad header ${KEY}`), false);
    expect(failure.message).toContain('bad header [key]');
    expect(explainNetworkError(endpoint, 'thrown text', false).message).toContain('unknown error');
  });
});
