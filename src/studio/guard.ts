// Who may ask the studio: whoever has the token, from a page of this machine. Other pages in the same browser may not, whether they
// send requests here (origin) or have a name of their own that leads here (host).

import { isSameSecret } from '../files/is-same-secret.ts';

/** What the check needs to know of a request; names of headers in lower case. */
export type AskedRequest = {
  readonly method: string;
  readonly header: (name: string) => string | undefined;
};

export type Refusal = { readonly status: 401 | 403 | 405; readonly message: string };

export type GuardOptions = {
  readonly token: string;
  /** Whether nothing may be changed. */
  readonly readOnly: boolean;
};

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** This machine by its names, on any port: a tunnel may end at another one. */
const LOCAL = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;

/** Why a request is refused; null if it is not. */
export function refuseRequest(
  request: AskedRequest,
  { token, readOnly }: GuardOptions,
): Refusal | null {
  const host = request.header('host') ?? '';
  if (!LOCAL.test(host)) {
    return {
      status: 403,
      message: `the studio answers to localhost only, not to ${JSON.stringify(host)}`,
    };
  }
  const origin = request.header('origin');
  if (origin !== undefined && !isLocalOrigin(origin)) {
    return { status: 403, message: 'pages of other sites may not ask the studio' };
  }
  if (request.header('sec-fetch-site') === 'cross-site') {
    return { status: 403, message: 'pages of other sites may not ask the studio' };
  }
  if (!isSameSecret(request.header('x-studio-token') ?? '', token)) {
    return {
      status: 401,
      message: 'the token is missing or wrong: open the address that was printed',
    };
  }
  if (readOnly && !SAFE_METHODS.has(request.method)) {
    return { status: 405, message: 'the studio was started with --read-only' };
  }
  return null;
}

function isLocalOrigin(origin: string): boolean {
  const [scheme, host] = origin.split('://');
  return scheme === 'http' && LOCAL.test(host ?? '');
}
