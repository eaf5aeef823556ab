import { describe, expect, it } from 'vitest';
import { UserError } from '../core/index.ts';
import { type EndpointOptions, resolveEndpoint } from './endpoint.ts';

const KEY = 'sk-0123456789abcdef';
const ENV = { OPENAI_API_KEY: KEY, ANTHROPIC_API_KEY: `${KEY}-a`, MINE: ` ${KEY}-m\n`, EMPTY: '' };

const resolve = (options: Partial<EndpointOptions>, env: Record<string, string> = ENV) =>
  resolveEndpoint({ provider: 'openai', model: 'm', ...options }, env, true);

function errorOf(body: () => unknown): UserError {
  try {
    body();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return error as UserError;
  }
  throw new Error('nothing was thrown');
}

describe('the key', () => {
  it('is the provider’s own at its own server', () => {
    expect(resolve({}).key).toBe(KEY);
    expect(resolve({ provider: 'anthropic' }).key).toBe(`${KEY}-a`);
    expect(resolve({ baseUrl: 'https://API.openai.com/v1/' })).toMatchObject({
      key: KEY,
      official: true,
    });
  });

  it('reaches no other server, and none unencrypted, unless it is named', () => {
    for (const baseUrl of [
      'http://localhost:11434/v1',
      'https://api.openai.com.example.org/v1',
      'http://api.openai.com/v1',
      'https://api.openai.com:8443/v1',
    ]) {
      expect(resolve({ baseUrl })).toMatchObject({ key: null, official: false });
    }
    const named = resolve({ baseUrl: 'https://example.org/v1', apiKeyVariable: 'MINE' });
    expect(named.key).toBe(`${KEY}-m`);
  });

  it('is asked for when it is missing, except to replay', () => {
    for (const apiKeyVariable of ['EMPTY', 'ABSENT']) {
      const error = errorOf(() => resolve({ apiKeyVariable }));
      expect(error.message).toContain(`${apiKeyVariable} is not set`);
      expect(error.hint).toContain(`set ${apiKeyVariable}`);
    }
    const replay = resolveEndpoint({ provider: 'openai', model: 'm' }, {}, false);
    expect(replay.key).toBeNull();
  });

  it('is not shown when it cannot be one, or stands where it must not', () => {
    const odd = `${KEY}\n${KEY}`;
    const errors = [
      errorOf(() => resolve({}, { OPENAI_API_KEY: odd })),
      errorOf(() => resolve({}, { OPENAI_API_KEY: `${KEY}ü` })),
      errorOf(() => resolve({ model: KEY })),
      errorOf(() =>
        resolve({ baseUrl: `https://example.org/${KEY}/v1`, apiKeyVariable: 'OPENAI_API_KEY' }),
      ),
    ];
    for (const error of errors) {
      expect(`${error.message} ${error.hint} ${error.stack}`).not.toContain(KEY);
      expect(error.hint).toContain('OPENAI_API_KEY');
    }
  });
});

describe('the base URL', () => {
  it.each([
    ['http://localhost:1/v1', 'http://localhost:1/v1'],
    ['http://localhost:1/v1//', 'http://localhost:1/v1'],
    ['http://localhost:1', 'http://localhost:1'],
    ['http://localhost:1/v1/chat/completions', 'http://localhost:1/v1'],
  ])('%s becomes %s', (given, expected) => {
    expect(resolve({ baseUrl: given }).baseUrl).toBe(expected);
  });

  it.each([
    ['https://user:hunter22@example.org/v1', 'credentials'],
    ['https://hunter22@example.org/v1', 'credentials'],
    ['https://example.org/v1?key=hunter22', 'query'],
    ['https://example.org/v1#hunter22', 'query or fragment'],
    ['ftp://example.org/hunter22', 'http'],
    ['//user:hunter22@', 'not a URL'],
  ])('refuses %s without repeating its secret', (baseUrl, expected) => {
    const error = errorOf(() => resolve({ baseUrl }));
    expect(error.message).toContain(expected);
    expect(`${error.message} ${error.hint}`).not.toContain('hunter22');
  });

  it('refuses unknown providers and models without a name', () => {
    expect(errorOf(() => resolve({ provider: 'toString' as 'openai' })).message).toContain(
      'provider',
    );
    expect(errorOf(() => resolve({ model: ' ' })).message).toContain('no name');
  });
});
