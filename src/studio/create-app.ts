// What the studio answers to: its pages, and the data of runs as JSON.

import { Hono } from 'hono';
import { streamText } from 'hono/streaming';
import { UserError } from '../core/index.ts';
import type { KindsOf } from './answers.ts';
import { addDataRoutes } from './data-routes.ts';
import type { FolderIndex } from './folder-index.ts';
import { type GuardOptions, refuseRequest } from './guard.ts';
import type { JobQueue } from './jobs/job-queue.ts';
import { addJobRoutes } from './jobs/job-routes.ts';
import { POLICY } from './policy.ts';
import type { ErrorAnswer, StudioEvent } from './protocol.ts';
import { readAsset } from './read-asset.ts';

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': POLICY.join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

const ALIVE_EVERY_MS = 15_000;

export type AppOptions = GuardOptions & {
  readonly index: FolderIndex;
  readonly kindsOf: KindsOf;
  /** What runs are started with; null where nothing may be started. */
  readonly queue: JobQueue | null;
  /** The folder that new runs go to. */
  readonly folder: string;
  /** The folder of the built pages. */
  readonly assets: string;
};

export function createApp({ index, kindsOf, queue, folder, assets, ...guard }: AppOptions): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) context.res.headers.set(name, value);
  });
  app.use('/api/*', async (context, next) => {
    const { req } = context;
    const refusal = refuseRequest(
      { method: req.method, header: (name) => req.header(name) },
      guard,
    );
    if (!refusal) return next();
    return context.json<ErrorAnswer>({ error: refusal.message }, refusal.status);
  });

  app.get('/api/events', (context) =>
    streamText(context, async (stream) => {
      const write = (event: StudioEvent) => stream.write(`${JSON.stringify(event)}\n`);
      await index.ready();
      // Nothing may change between the list and what is told from then on.
      void write({ kind: 'folders', changed: index.list(), removed: [], isCut: index.isCut });
      const tellJobs = () => void write({ kind: 'jobs', jobs: queue?.list() ?? null });
      const stops = [index.listen((event) => void write(event)), queue?.listen(tellJobs)];
      tellJobs();
      const alive = setInterval(() => void write({ kind: 'alive' }), ALIVE_EVERY_MS);
      await new Promise<void>((resolve) => stream.onAbort(() => resolve()));
      clearInterval(alive);
      for (const stop of stops) stop?.();
    }),
  );

  addDataRoutes(app, { index, kindsOf });
  if (queue) addJobRoutes(app, { index, kindsOf, queue, folder });

  app.all('/api/*', (context) =>
    context.json<ErrorAnswer>({ error: 'there is no such data' }, 404),
  );

  app.get('*', async (context) => {
    const asset = await readAsset(assets, context.req.path);
    if (!asset) return context.text('There is no such page.', 404);
    return context.body(asset.bytes, 200, { 'Content-Type': asset.type });
  });

  app.onError((error, context) => {
    if (!(error instanceof UserError)) {
      return context.json<ErrorAnswer>({ error: `internal error: ${error.message}` }, 500);
    }
    const { message, hint } = error;
    return context.json<ErrorAnswer>({ error: message, ...(hint ? { hint } : {}) }, 422);
  });
  return app;
}
