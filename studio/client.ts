// Requests to the studio's server.

import type {
  DoneAnswer,
  ErrorAnswer,
  KeyAnswer,
  MemoryAnswer,
  MetricsAnswer,
  RaceAnswer,
  RecipeAnswer,
  RecipeListAnswer,
  ReportAnswer,
  RunAnswer,
  StudioEvent,
  SystemAnswer,
} from '../src/studio/protocol.ts';

/** The server refused, or is not there; `status` is 0 where it did not answer. */
export class RequestError extends Error {
  readonly status: number;
  /** What to do about it. */
  readonly hint: string | undefined;

  constructor(message: string, status: number, hint?: string) {
    super(message);
    this.name = 'RequestError';
    this.status = status;
    this.hint = hint;
  }
}

export type Client = {
  /** Whether there is a server, whose data may change. */
  readonly isLive: boolean;
  run(id: string, signal?: AbortSignal): Promise<RunAnswer>;
  metrics(id: string, from: number, signal?: AbortSignal): Promise<MetricsAnswer>;
  report(id: string, signal?: AbortSignal): Promise<ReportAnswer>;
  comparison(ids: readonly string[], signal?: AbortSignal): Promise<ReportAnswer>;
  /** Values of a key of recipes, by the ids of folders. */
  key(key: string, signal?: AbortSignal): Promise<KeyAnswer>;
  race(id: string, signal?: AbortSignal): Promise<RaceAnswer>;
  memory(id: string, signal?: AbortSignal): Promise<MemoryAnswer>;
  system(id: string, signal?: AbortSignal): Promise<SystemAnswer>;
  recipes(signal?: AbortSignal): Promise<RecipeListAnswer>;
  /** @param origin the name of a recipe, or the id of a run whose recipe it is */
  recipe(
    origin: { readonly name: string } | { readonly id: string },
    signal?: AbortSignal,
  ): Promise<RecipeAnswer>;
  /** Asks the server to do something: `jobs/start`, `jobs/stop`, `notes` and so on. */
  act(what: string, body: object): Promise<DoneAnswer>;
  /** The report, or the comparison of several, as a page that is whole by itself. */
  savedPage(ids: readonly string[]): Promise<Blob>;
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

  async function ask(path: string, signal?: AbortSignal, body?: object): Promise<Response> {
    const type = { 'Content-Type': 'application/json' };
    const options: RequestInit = {
      headers: { 'X-Studio-Token': token, ...(body ? type : {}) },
      ...(signal ? { signal } : {}),
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
    };
    const response = await fetch(path, options).catch((error) => {
      if (signal?.aborted) throw error;
      throw new RequestError('The studio does not answer. Is its command still running?', 0);
    });
    if (response.ok) return response;
    const answer = (await response.json().catch(() => ({}))) as Partial<ErrorAnswer>;
    const { error = `status ${response.status}`, hint } = answer;
    throw new RequestError(error, response.status, hint);
  }

  const address = (name: string, ids: readonly string[], more: Record<string, string> = {}) =>
    `/api/${name}?${new URLSearchParams([...ids.map((id) => ['id', id]), ...Object.entries(more)])}`;
  const read = async (name: string, ids: readonly string[], signal?: AbortSignal) =>
    (await ask(address(name, ids), signal)).json();
  return {
    isLive: true,
    run: (id, signal) => read('run', [id], signal),
    metrics: async (id, from, signal) =>
      (await ask(address('metrics', [id], { from: `${from}` }), signal)).json(),
    report: (id, signal) => read('report', [id], signal),
    comparison: (ids, signal) => read('comparison', ids, signal),
    key: async (key, signal) =>
      (await ask(`/api/key?${new URLSearchParams({ key })}`, signal)).json(),
    race: (id, signal) => read('race', [id], signal),
    memory: (id, signal) => read('memory', [id], signal),
    system: (id, signal) => read('system', [id], signal),
    recipes: (signal) => read('recipes', [], signal),
    recipe: async (origin, signal) =>
      (await ask(`/api/recipe?${new URLSearchParams(origin)}`, signal)).json(),
    act: async (what, body) => (await ask(`/api/${what}`, undefined, body)).json(),
    savedPage: async (ids) => (await ask(address('saved-page', ids))).blob(),
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
