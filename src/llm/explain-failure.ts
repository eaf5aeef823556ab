// Turns failures into messages for the user, and decides whether trying again can help.

import type { Endpoint } from './endpoint.ts';
import type { FailureKind } from './language-model.ts';
import { readMember } from './protocol.ts';
import { shorten } from './redact.ts';

export type Failure = {
  readonly kind: FailureKind;
  /** The HTTP status, if there was one. */
  readonly status: number | null;
  /** Whether the same request may succeed later. */
  readonly retry: boolean;
  /** What the server asks to wait, in milliseconds. */
  readonly retryAfterMs: number | null;
  readonly message: string;
  readonly hint: string;
};

type Draft = Pick<Failure, 'kind' | 'message' | 'hint'> & Partial<Failure>;

/** A failure whose texts hold no key; each message begins with the model and its server. */
export function describeFailure(endpoint: Endpoint, draft: Draft): Failure {
  return {
    status: null,
    retry: false,
    retryAfterMs: null,
    ...draft,
    message: endpoint.redact(`${endpoint.name} at ${endpoint.baseUrl}: ${draft.message}`),
    hint: endpoint.redact(draft.hint),
  };
}

/** What a response with a status outside 200 to 299 means. `body` is the beginning of its body. */
export function explainStatus(
  endpoint: Endpoint,
  status: number,
  body: string,
  retryAfterMs: number | null = null,
): Failure {
  const said = serverMessage(body, endpoint);
  const code = `HTTP ${status}${said === '' ? '' : `: ${said}`}`;
  const draft = (kind: FailureKind, what: string, hint: string, retry = false) =>
    describeFailure(endpoint, {
      kind,
      status,
      retry,
      retryAfterMs,
      hint,
      message: `${what} (${code})`,
    });

  if (status === 401) return draft('authorization', ...explainUnauthorized(endpoint));
  if (status === 403) {
    const who = endpoint.keyVariable === null ? '' : ` with the key in ${endpoint.keyVariable}`;
    return draft(
      'authorization',
      `access denied${who}`,
      'check what the account and the key may use',
    );
  }
  if (status === 404) {
    const hint = `check the model’s name, and the base URL (most end in /v1); a local server must have loaded ${endpoint.model}`;
    return draft('not-found', 'no such model or address', hint);
  }
  // A spent account answers 429 too; no wait mends that.
  if (status === 402 || (status === 429 && body.includes('insufficient_quota'))) {
    return draft('quota', 'the account has no credit left', 'add credit, then resume');
  }
  if (status === 429) {
    return draft('rate-limit', 'too many requests', 'lower the concurrency, or resume later', true);
  }
  if (status >= 500 || status === 408 || status === 409 || status === 425) {
    return draft(
      'server',
      'the server failed',
      'look at its log or status page; resume later',
      true,
    );
  }
  if (status < 400) {
    return draft('redirect', 'redirects are not followed', 'give the final address as base URL');
  }
  const hint =
    'check temperature, maxTokens, seed and the length of the prompt against what the model takes';
  return draft('rejected', 'the server does not accept the request', hint);
}

/** What an error thrown by `fetch`, or while the body was read, means. `reached`: whether the server ever answered. */
export function explainNetworkError(endpoint: Endpoint, error: unknown, reached: boolean): Failure {
  const code = networkCode(error);
  const draft = (message: string, hint: string, retry: boolean) =>
    describeFailure(endpoint, { kind: 'network', message, hint, retry });
  if (/TIMEOUT|ETIMEDOUT/.test(code)) {
    return describeFailure(endpoint, {
      kind: 'timeout',
      message: `the connection timed out (${code})`,
      hint: 'check the network and the base URL; large models on small machines answer slowly',
      retry: true,
    });
  }
  if (/CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)) {
    const hint =
      'check http or https in the base URL, and the certificate (NODE_EXTRA_CA_CERTS names further ones)';
    return draft(`no secure connection (${code})`, hint, false);
  }
  // A server that was there a moment ago may be starting again; one never seen is most likely not running.
  if (code === 'ECONNREFUSED') {
    return draft(
      `connection refused (${code})`,
      'is the server running? check the base URL',
      reached,
    );
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    const hint = 'check the base URL and the network';
    return draft(`its host is not known (${code})`, hint, reached || code === 'EAI_AGAIN');
  }
  return draft(`the connection failed (${code})`, 'check the network and the base URL', true);
}

function explainUnauthorized({ keyVariable }: Endpoint): [what: string, hint: string] {
  return keyVariable === null
    ? [
        'the server requires a key',
        'put it into an environment variable and name the variable (apiKeyVariable)',
      ]
    : [
        `the key in ${keyVariable} is not valid`,
        `set ${keyVariable} to a valid key of this server`,
      ];
}

/** The deepest error code, as in ECONNREFUSED; or the message, where no error in the chain has a code. */
function networkCode(error: unknown): string {
  let message = 'unknown error';
  // `fetch` wraps the error of the socket, sometimes in an AggregateError with one error per address.
  let current: unknown = error;
  for (let depth = 0; depth < 8 && current instanceof Error; depth++) {
    const { code } = current as NodeJS.ErrnoException;
    if (typeof code === 'string' && code !== '') return code;
    message = current.message;
    current = current instanceof AggregateError ? current.errors[0] : current.cause;
  }
  return shorten(message, 100);
}

/** What the server says about an error, in one short line without the key. */
export function serverMessage(body: string, { redact }: Pick<Endpoint, 'redact'>): string {
  let text = body;
  try {
    const json: unknown = JSON.parse(body);
    const error = readMember(json, 'error');
    const message = [
      readMember(error, 'message'),
      error,
      readMember(json, 'message'),
      readMember(json, 'detail'),
    ].find((value) => typeof value === 'string');
    // Written again, so that a key spelled with escapes is found as well.
    text = (message as string | undefined) ?? JSON.stringify(json);
  } catch {}
  if (/^\s*<(!doctype|html)/i.test(text)) return 'a web page';
  return shorten(redact(text));
}
