// Recipes in JavaScript. They are evaluated in a process of their own, since a program may never return or fill all memory.

import { pathToFileURL } from 'node:url';
import { UserError } from '../core/index.ts';
import { LimitExceeded, LimitedWorker } from '../files/limited-worker.ts';

/** Recipes usually take a tenth of a second. */
const TIMEOUT_MS = 4_000;
const HEAP_MEBIBYTES = 512;

export type EvaluateRequest = { readonly url: string; readonly file: string };

/** `value` is missing where the module has no default export. */
export type EvaluateReply = { readonly value?: unknown };

/**
 * The default export of a JavaScript file, as plain JSON.
 *
 * @param options.timeoutMs processor time; 4 seconds by default
 * @param options.heapMebibytes memory; 512 MiB by default
 * @returns undefined if the file exports no default
 * @throws UserError if evaluating it fails or does not end, or what it exports is not plain data
 */
export function evaluateRecipe(
  file: string,
  {
    timeoutMs = TIMEOUT_MS,
    heapMebibytes = HEAP_MEBIBYTES,
  }: { readonly timeoutMs?: number; readonly heapMebibytes?: number } = {},
): unknown {
  const worker = new LimitedWorker(workerUrl(), {
    isolation: 'process',
    heapMebibytes,
  });
  const request: EvaluateRequest = { url: pathToFileURL(file).href, file };
  try {
    const reply = worker.call(request, { what: file, timeoutMs }) as EvaluateReply;
    return reply.value;
  } catch (error) {
    throw explain(error, file, { timeoutMs, heapMebibytes });
  } finally {
    worker.close();
  }
}

function explain(
  error: unknown,
  file: string,
  { timeoutMs, heapMebibytes }: { readonly timeoutMs: number; readonly heapMebibytes: number },
): unknown {
  const fail = (why: string, hint?: string) =>
    new UserError(`${file} cannot be read as a recipe: ${why}`, hint === undefined ? {} : { hint });
  if (!(error instanceof UserError)) return error;
  if (!(error instanceof LimitExceeded)) {
    return error.message.startsWith(file) ? error : fail(error.message, error.hint);
  }
  switch (error.limit) {
    case 'memory':
      return fail(`it takes more than ${heapMebibytes} MiB of memory`);
    case 'exit':
      return fail('it ended before it exported a recipe', 'is there an await that never settles?');
    default:
      return fail(`it has not finished after ${timeoutMs / 1000} seconds`);
  }
}

/** Processes run plain JavaScript: from sources, the built one is used. */
function workerUrl(): URL {
  const built = '../../dist/run/recipe-worker.js';
  return new URL(import.meta.url.endsWith('.ts') ? built : './recipe-worker.js', import.meta.url);
}
