// A language model's server on 127.0.0.1 whose replies are scripted, for both protocols. Use it in the test's own
// process; a command under test, as a child process, reaches it through `baseUrl`.

import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a request is answered with. */
export type ScriptedReply =
  /** A well-formed answer. */
  | {
      readonly kind: 'text';
      readonly text: string;
      readonly inputTokens?: number;
      readonly outputTokens?: number;
      /** As the protocol spells it; default: the usual end. */
      readonly stopReason?: string;
    }
  /** Status 200 and a JSON value that need not keep to the protocol. */
  | { readonly kind: 'json'; readonly json: unknown }
  /** Any status, headers and body. */
  | {
      readonly kind: 'raw';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Uint8Array;
    }
  /** No reply until the client gives up or the server stops. */
  | { readonly kind: 'hang' }
  /** Status and half a body, then no more. */
  | { readonly kind: 'hang-in-body' }
  /** The connection is closed without a reply. */
  | { readonly kind: 'reset' }
  /** The connection is closed inside the body. */
  | { readonly kind: 'reset-in-body' }
  /** A well-formed answer that lacks its second half, delivered as if complete. */
  | { readonly kind: 'truncated' }
  /** A well-formed answer with at least so many bytes of text. */
  | { readonly kind: 'enormous'; readonly bytes: number };

export type RecordedRequest = {
  /** From 0. */
  readonly index: number;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON, or null if it is none. */
  readonly json: Record<string, unknown> | null;
};

/** Replies in the order of the requests, or a function, which may wait. */
export type Script =
  | readonly ScriptedReply[]
  | ((request: RecordedRequest) => ScriptedReply | Promise<ScriptedReply>);

export type LanguageModelServer = {
  /** To give as base URL, for either protocol. The port stays the same for the server's life. */
  readonly baseUrl: string;
  /** Every request that arrived, in order. */
  readonly requests: readonly RecordedRequest[];
  /** How many requests are waiting for their reply. */
  inFlight(): number;
  /** The most there ever were at once. */
  mostInFlight(): number;
  /** Once every connection is closed, and with it everything read that its client had sent; of a client that is gone. */
  settled(): Promise<void>;
  /** Cuts every connection and refuses new ones until `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
};

/** Frequent replies. */
export const REPLIES = {
  text: (text: string, inputTokens = 10, outputTokens = 5): ScriptedReply => ({
    kind: 'text',
    text,
    inputTokens,
    outputTokens,
  }),
  /** A status with an error object that both protocols' clients understand. */
  error: (
    status: number,
    message = 'scripted',
    headers: Readonly<Record<string, string>> = {},
  ): ScriptedReply => ({
    kind: 'raw',
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ type: 'error', error: { type: 'scripted_error', message } }),
  }),
  rateLimit: (retryAfter: string): ScriptedReply =>
    REPLIES.error(429, 'slow down', { 'retry-after': retryAfter }),
  garbage: {
    kind: 'raw',
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: Uint8Array.of(0xff, 0xfe, 0x00, 0x80, 0xc3, 0x28),
  },
  webPage: {
    kind: 'raw',
    status: 200,
    headers: { 'content-type': 'text/html' },
    body: '<!doctype html><title>Welcome</title>',
  },
  /** An answer for Core War's mutators that talks but shows no program. */
  proseWithoutCode: {
    kind: 'text',
    text: 'A good warrior balances bombing and scanning. I would make it faster, but cannot say how.',
  },
  /** A program in a code block that no assembler takes. */
  codeWithErrors: {
    kind: 'text',
    text: '```redcode\n;name Broken\nMOVE 0, nowhere +\nJMQ -1\nEND start\n```',
  },
  /** The shortest program there is, in a code block. */
  imp: { kind: 'text', text: 'Here it is:\n```redcode\n;name Imp\nMOV.I $0, $1\n```\n' },
  redirect: (location: string): ScriptedReply => ({
    kind: 'raw',
    status: 307,
    headers: { location },
  }),
} as const satisfies Record<string, ScriptedReply | ((...args: never[]) => ScriptedReply)>;

/** Starts a server on a free port. A request beyond a list's end is answered 400, which no client repeats. */
export async function startLanguageModelServer(script: Script): Promise<LanguageModelServer> {
  const requests: RecordedRequest[] = [];
  let inFlight = 0;
  let mostInFlight = 0;
  let server: Server | null = null;
  let port = 0;

  async function choose(request: RecordedRequest): Promise<ScriptedReply> {
    if (typeof script === 'function') return script(request);
    const reply = script[request.index];
    return reply ?? REPLIES.error(400, `the script has no reply for request ${request.index + 1}`);
  }

  async function start(): Promise<void> {
    if (server !== null) return;
    const opened = createServer((incoming, response) => {
      inFlight++;
      mostInFlight = Math.max(mostInFlight, inFlight);
      response.once('close', () => {
        inFlight--;
      });
      const pieces: Buffer[] = [];
      incoming.on('data', (piece: Buffer) => pieces.push(piece));
      incoming.on('end', async () => {
        const text = Buffer.concat(pieces).toString('utf8');
        const request: RecordedRequest = {
          index: requests.length,
          method: incoming.method ?? '',
          path: incoming.url ?? '',
          headers: incoming.headers,
          text,
          json: parseObject(text),
        };
        requests.push(request);
        try {
          send(response, request, await choose(request));
        } catch (error) {
          sendJson(response, 500, { error: { message: `the script failed: ${error}` } });
        }
      });
    });
    await new Promise<void>((resolve, reject) => {
      opened.once('error', reject);
      opened.listen(port, '127.0.0.1', resolve);
    });
    port = (opened.address() as AddressInfo).port;
    server = opened;
  }

  async function stop(): Promise<void> {
    const closing = server;
    server = null;
    if (closing === null) return;
    const closed = new Promise<void>((resolve) => closing.close(() => resolve()));
    closing.closeAllConnections();
    await closed;
  }

  async function settled(): Promise<void> {
    // A connection may be made, but not be known here yet: two turns of the event loop.
    for (let turns = 0, open = 1; turns < 2 || open > 0; turns++) {
      await new Promise((resolve) => setImmediate(resolve));
      open = await new Promise((resolve) => {
        if (server === null) resolve(0);
        else server.getConnections((_, count) => resolve(count ?? 0));
      });
    }
  }

  await start();
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    inFlight: () => inFlight,
    mostInFlight: () => mostInFlight,
    settled,
    stop,
    start,
  };
}

function send(response: ServerResponse, request: RecordedRequest, reply: ScriptedReply): void {
  switch (reply.kind) {
    case 'text':
      sendJson(response, 200, answerBody(request, reply));
      return;
    case 'json':
      sendJson(response, 200, reply.json);
      return;
    case 'raw':
      response.writeHead(reply.status, { ...reply.headers });
      response.end(reply.body);
      return;
    case 'hang':
      return;
    case 'reset':
      response.destroy();
      return;
    case 'hang-in-body':
    case 'reset-in-body': {
      const body = JSON.stringify(answerBody(request, { text: 'half' }));
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': String(body.length),
      });
      response.write(body.slice(0, body.length / 2), () => {
        if (reply.kind === 'reset-in-body') response.destroy();
      });
      return;
    }
    case 'truncated': {
      const body = JSON.stringify(answerBody(request, { text: 'half' }));
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(body.slice(0, body.length / 2));
      return;
    }
    case 'enormous':
      sendJson(response, 200, answerBody(request, { text: 'x'.repeat(reply.bytes) }));
      return;
  }
}

function sendJson(response: ServerResponse, status: number, json: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(json));
}

/** An answer in the protocol that the request's path belongs to. */
function answerBody(
  request: RecordedRequest,
  answer: { text: string; inputTokens?: number; outputTokens?: number; stopReason?: string },
): unknown {
  const { text, inputTokens = 10, outputTokens = 5, stopReason } = answer;
  const model = request.json?.model ?? null;
  if (request.path.endsWith('/messages')) {
    return {
      id: `msg_${request.index}`,
      type: 'message',
      role: 'assistant',
      model,
      content: [{ type: 'text', text }],
      stop_reason: stopReason ?? 'end_turn',
      usage: { input_tokens: inputTokens, output_tokens: outputTokens },
    };
  }
  return {
    id: `chatcmpl-${request.index}`,
    object: 'chat.completion',
    model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: text },
        finish_reason: stopReason ?? 'stop',
      },
    ],
    usage: {
      prompt_tokens: inputTokens,
      completion_tokens: outputTokens,
      total_tokens: inputTokens + outputTokens,
    },
  };
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
