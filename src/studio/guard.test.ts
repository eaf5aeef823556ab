import { describe, expect, test } from 'vitest';
import { refuseRequest } from './guard.ts';

const TOKEN = 'a-token';
const GOOD = { host: '127.0.0.1:8000', 'x-studio-token': TOKEN };

function ask(headers: Record<string, string>, method = 'GET', readOnly = false) {
  const header = (name: string) => headers[name];
  return refuseRequest({ method, header }, { token: TOKEN, readOnly })?.status ?? null;
}

test.each([
  GOOD,
  { ...GOOD, host: 'localhost' },
  // A tunnel ends at another port.
  { ...GOOD, host: 'localhost:9999', origin: 'http://localhost:9999' },
  { ...GOOD, host: '[::1]:8000', 'sec-fetch-site': 'same-origin' },
])('who has the token, on this machine, may look: %j', (headers) => {
  expect(ask(headers)).toBeNull();
});

describe('refused', () => {
  test.each<[string, Record<string, string>, number]>([
    ['no token', { host: GOOD.host }, 401],
    ['another token', { ...GOOD, 'x-studio-token': 'a-tokem' }, 401],
    ['a longer token', { ...GOOD, 'x-studio-token': `${TOKEN}x` }, 401],
    ['a name that leads here', { ...GOOD, host: 'evil.example:8000' }, 403],
    ['a name that begins like ours', { ...GOOD, host: 'localhost.evil.example' }, 403],
    ['no host', { 'x-studio-token': TOKEN }, 403],
    ['another site', { ...GOOD, origin: 'https://evil.example' }, 403],
    ['another site of that name', { ...GOOD, origin: 'http://localhost.evil.example' }, 403],
    ['a page without a site', { ...GOOD, origin: 'null' }, 403],
    ['a request across sites', { ...GOOD, 'sec-fetch-site': 'cross-site' }, 403],
  ])('%s', (_, headers, status) => {
    expect(ask(headers)).toBe(status);
  });

  test('changes, where it was started to be read only', () => {
    expect(ask(GOOD, 'POST', true)).toBe(405);
    expect(ask(GOOD, 'POST')).toBeNull();
    expect(ask(GOOD, 'HEAD', true)).toBeNull();
  });
});
