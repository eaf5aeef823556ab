// Recipes in JavaScript: evaluated in a thread of their own, since a program may never return.

import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { UserError } from '../core/index.ts';

/** A recipe takes a tenth of a second; a busy machine makes that one or two. */
const TIMEOUT_MS = 4_000;
const HEAP_MEBIBYTES = 512;

export type EvaluateReply =
  /** `value` is missing where the module has no default export. */
  { readonly value?: unknown } | { readonly error: string; readonly hint?: string | undefined };

/**
 * The default export of a JavaScript file, as plain JSON.
 *
 * @returns undefined where the file exports no default
 * @throws UserError when evaluating it fails or does not end, or what it exports is not plain data
 */
export async function evaluateRecipe(
  file: string,
  { timeoutMs = TIMEOUT_MS }: { readonly timeoutMs?: number } = {},
): Promise<unknown> {
  const fail = (why: string, hint?: string) =>
    new UserError(`${file} cannot be read as a recipe: ${why}`, hint === undefined ? {} : { hint });
  const worker = new Worker(workerUrl(), {
    workerData: { url: pathToFileURL(file).href, file },
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MEBIBYTES },
    // Flags such as --input-type are meant for the program, not for its threads.
    execArgv: [],
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    const reply = await new Promise<EvaluateReply>((resolve, reject) => {
      timer = setTimeout(
        () => reject(fail(`it has not ended after ${timeoutMs / 1000} seconds`)),
        timeoutMs,
      );
      worker.on('message', resolve);
      worker.on('error', (error: NodeJS.ErrnoException) =>
        reject(
          error?.code === 'ERR_WORKER_OUT_OF_MEMORY'
            ? fail(`it takes more than ${HEAP_MEBIBYTES} MiB of memory`)
            : fail(error instanceof Error ? error.message : String(error)),
        ),
      );
      worker.on('exit', () =>
        reject(fail('it ended before it exported a recipe', 'is there an await that never ends?')),
      );
    });
    if ('error' in reply) {
      throw reply.hint === undefined
        ? fail(reply.error)
        : new UserError(reply.error, { hint: reply.hint });
    }
    return reply.value;
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}

/** Threads are plain JavaScript: from sources, the built one is used. */
function workerUrl(): URL {
  const built = '../../dist/run/recipe-worker.js';
  return new URL(import.meta.url.endsWith('.ts') ? built : './recipe-worker.js', import.meta.url);
}
