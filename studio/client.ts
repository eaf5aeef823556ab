// Requests to the studio's server.

import type { ErrorAnswer, MetricsAnswer, RunAnswer, StudioEvent } from '../src/studio/protocol.ts';

/** The server refused, or is not there; `status` is 0 where it did not answer. */
export class RequestError extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.name = 'RequestError';
    this.status = status;
  }
}

export type Client = {
  run(id: string, signal?: AbortSignal): Promise<RunAnswer>;
  metrics(id: string, from: number, signal?: AbortSignal): Promise<MetricsAnswer>;
  /** Calls `tell` with each event until the connection ends, then resolves. */
  events(tell: (event: StudioEvent) => void, signal: AbortSignal): Promise<void>;
};

const TOKEN = 'primordia-studio-token';

/** The token is in the address at first, and from then on in the tab's own memory. */
export function openClient(
  { search }: Pick<Location, 'search'>,
  memory: Pick<Storage, 'getItem' | 'setItem'>,
): Client {
  const given = new URLSearchParams(search).get('token');
  if (given !== null) memory.setItem(TOKEN, given);
  const token = given ?? memory.getItem(TOKEN) ?? '';

  async function ask(path: string, signal?: AbortSignal): Promise<Response> {
    const options = { headers: { 'X-Studio-Token': token }, ...(signal ? { signal } : {}) };
    const response = await fetch(path, options).catch((error) => {
      if (signal?.aborted) throw error;
      throw new RequestError('The studio does not answer. Is its command still running?', 0);
    });
    if (response.ok) return response;
    const answer = (await response.json().catch(() => ({ error: '' }))) as ErrorAnswer;
    throw new RequestError(answer.error || `status ${response.status}`, response.status);
  }

  const query = (values: Record<string, string>) => new URLSearchParams(values).toString();
  return {
    run: async (id, signal) => (await ask(`/api/run?${query({ id })}`, signal)).json(),
    metrics: async (id, from, signal) =>
      (await ask(`/api/metrics?${query({ id, from: `${from}` })}`, signal)).json(),
    async events(tell, signal) {
      const response = await ask('/api/events', signal);
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
      let rest = '';
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        const lines = (rest + value).split('\n');
        rest = lines.pop()!;
        for (const line of lines) if (line !== '') tell(JSON.parse(line));
      }
    },
  };
}
