// What the studio answers to: its pages, and the data of runs as JSON.

import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Context, Hono } from 'hono';
import { streamText } from 'hono/streaming';
import type { FolderIndex } from './folder-index.ts';
import { type GuardOptions, refuseRequest } from './guard.ts';
import type { ErrorAnswer, MetricsAnswer, RunAnswer, StudioEvent } from './protocol.ts';
import { readAsset } from './read-asset.ts';
import { parseRows, readJson } from './read-json.ts';
import { tailLines } from './tail-lines.ts';

/** Nothing from elsewhere, nothing inline; WebAssembly for worlds, battles and models. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

/** Largest JSON file of a run that is sent to a page. */
const MAX_JSON_BYTES = 16 << 20;
const ALIVE_EVERY_MS = 15_000;

export type AppOptions = GuardOptions & {
  readonly index: FolderIndex;
  /** The folder of the built pages. */
  readonly assets: string;
};

export function createApp({ index, assets, ...guard }: AppOptions): Hono {
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
      await index.refresh();
      await write({ kind: 'folders', changed: index.list(), removed: [], isCut: index.isCut });
      const stop = index.listen((event) => void write(event));
      const alive = setInterval(() => void write({ kind: 'alive' }), ALIVE_EVERY_MS);
      await new Promise<void>((resolve) => stream.onAbort(() => resolve()));
      clearInterval(alive);
      stop();
    }),
  );

  app.get('/api/run', async (context) => {
    const folder = index.find(context.req.query('id') ?? '');
    const facts = folder && index.facts(folder.id);
    if (!folder || !facts) return unknownFolder(context);
    const json = (name: string) => readJson(path.join(folder.directory, name), MAX_JSON_BYTES);
    const [recipe, provenance, summary, files] = await Promise.all([
      json(folder.kind === 'study' ? 'study.json' : 'recipe.json'),
      json('provenance.json'),
      json('summary.json'),
      listFiles(folder.directory),
    ]);
    return context.json<RunAnswer>({ facts, recipe, provenance, summary, files });
  });

  app.get('/api/metrics', async (context) => {
    const folder = index.find(context.req.query('id') ?? '');
    if (!folder) return unknownFolder(context);
    const from = Number(context.req.query('from') ?? 0);
    if (!Number.isSafeInteger(from) || from < 0) {
      return context.json<ErrorAnswer>({ error: 'from: needs a number of bytes' }, 400);
    }
    const { lines, ...rest } = await tailLines(path.join(folder.directory, 'metrics.jsonl'), from);
    return context.json<MetricsAnswer>({ rows: parseRows(lines), ...rest });
  });

  app.all('/api/*', (context) =>
    context.json<ErrorAnswer>({ error: 'there is no such data' }, 404),
  );

  app.get('*', async (context) => {
    const asset = await readAsset(assets, context.req.path);
    if (!asset) return context.text('There is no such page.', 404);
    return context.body(asset.bytes, 200, { 'Content-Type': asset.type });
  });

  app.onError((error, context) =>
    context.json<ErrorAnswer>({ error: `the studio could not answer: ${error.message}` }, 500),
  );
  return app;
}

function unknownFolder(context: Context): Response {
  return context.json<ErrorAnswer>({ error: 'this run is not there any more' }, 404);
}

/** Files at the top of a folder, without links. */
async function listFiles(directory: string): Promise<RunAnswer['files']> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const found = await Promise.all(
    names.map(async (name) => ({
      name,
      bytes: await stat(path.join(directory, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    })),
  );
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}
