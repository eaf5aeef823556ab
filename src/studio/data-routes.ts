// What pages may ask of folders: all of it is read, nothing is changed.

import os from 'node:os';
import type { Context, Hono } from 'hono';
import pidusage from 'pidusage';
import {
  findProcess,
  type KindsOf,
  readComparisonAnswer,
  readKeyAnswer,
  readMemoryAnswer,
  readMetricsAnswer,
  readRaceAnswer,
  readReportAnswer,
  readRunAnswer,
  readSavedPage,
} from './answers.ts';
import type { FoundFolder } from './find-folders.ts';
import type { FolderIndex } from './folder-index.ts';
import type {
  ErrorAnswer,
  KeyAnswer,
  MemoryAnswer,
  MetricsAnswer,
  RaceAnswer,
  ReportAnswer,
  RunAnswer,
  SystemAnswer,
} from './protocol.ts';

/** Characters of a key, at most. */
const MAX_KEY = 200;
/** Runs of a comparison, at most. */
const MAX_COMPARED = 64;

export function addDataRoutes(
  app: Hono,
  { index, kindsOf }: { readonly index: FolderIndex; readonly kindsOf: KindsOf },
): void {
  /** An answer about the folder that a request names. */
  const onFolder = (
    route: string,
    answer: (folder: FoundFolder, context: Context) => Promise<Response> | Response,
  ) =>
    app.get(route, (context) => {
      const folder = index.find(context.req.query('id') ?? '');
      if (folder) return answer(folder, context);
      return context.json<ErrorAnswer>({ error: 'this run is not there any more' }, 404);
    });

  onFolder('/api/run', async (folder, context) => {
    const facts = index.facts(folder.id)!;
    return context.json<RunAnswer>(await readRunAnswer(folder, facts));
  });

  onFolder('/api/metrics', async (folder, context) => {
    const from = Number(context.req.query('from') ?? 0);
    if (!Number.isSafeInteger(from) || from < 0) {
      return context.json<ErrorAnswer>({ error: 'from: needs a number of bytes' }, 400);
    }
    return context.json<MetricsAnswer>(await readMetricsAnswer(folder, from));
  });

  onFolder('/api/report', (folder, context) => {
    const page = readReportAnswer(folder, kindsOf);
    if (page) return context.json<ReportAnswer>(page);
    return context.json<ErrorAnswer>({ error: 'a data set has no report' }, 404);
  });

  onFolder('/api/race', async (folder, context) =>
    context.json<RaceAnswer>(await readRaceAnswer(folder)),
  );

  onFolder('/api/memory', (folder, context) =>
    context.json<MemoryAnswer>(readMemoryAnswer(folder)),
  );

  onFolder('/api/system', async (folder, context) =>
    context.json<SystemAnswer>(await readSystem(findProcess(folder))),
  );

  app.get('/api/key', async (context) => {
    const key = context.req.query('key') ?? '';
    if (key === '' || key.length > MAX_KEY) {
      return context.json<ErrorAnswer>({ error: 'key: needs a key of recipes' }, 400);
    }
    return context.json<KeyAnswer>(await readKeyAnswer(index.folders(), key));
  });

  /** An answer about the folders that a request names; a sentence where it cannot be given. */
  const onFolders = (
    route: string,
    answer: (folders: FoundFolder[], context: Context) => Response,
  ) =>
    app.get(route, (context) => {
      const ids = context.req.queries('id') ?? [];
      if (ids.length > MAX_COMPARED) {
        const error = `${ids.length} runs are too many: ${MAX_COMPARED} at most`;
        return context.json<ErrorAnswer>({ error }, 400);
      }
      const folders = ids.map((id) => index.find(id)).filter((folder) => folder !== undefined);
      if (folders.length === ids.length && ids.length > 0) return answer(folders, context);
      return context.json<ErrorAnswer>({ error: 'one of these runs is not there any more' }, 404);
    });

  onFolders('/api/comparison', (folders, context) =>
    context.json<ReportAnswer>(readComparisonAnswer(folders, kindsOf)),
  );

  onFolders('/api/saved-page', (folders, context) =>
    context.html(readSavedPage(folders, kindsOf), 200, {
      'Content-Disposition': 'attachment; filename="report.html"',
    }),
  );
}

/** What a process takes, and what the machine has. */
async function readSystem(pid: number | null): Promise<SystemAnswer> {
  const usage = pid === null ? null : await pidusage(pid).catch(() => null);
  return {
    process: usage && { pid: usage.pid, cpuPercent: usage.cpu, memoryBytes: usage.memory },
    machine: {
      cores: os.availableParallelism(),
      loadAverage: os.loadavg()[0]!,
      memoryBytes: os.totalmem(),
      freeBytes: os.freemem(),
    },
  };
}
