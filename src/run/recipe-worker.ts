// The thread in which a recipe in JavaScript is evaluated.

import { parentPort, workerData } from 'node:worker_threads';
import { UserError } from '../core/index.ts';
import type { EvaluateReply } from './evaluate-recipe.ts';
import { toPlainJson } from './plain-json.ts';

async function evaluate(url: string, file: string): Promise<EvaluateReply> {
  try {
    const { default: value } = (await import(url)) as { readonly default?: unknown };
    return value === undefined ? {} : { value: toPlainJson(value, file) };
  } catch (error) {
    if (error instanceof UserError) return { error: error.message, hint: error.hint };
    // Anything can be thrown, null included.
    return { error: error instanceof Error ? error.message : `it threw ${show(error)}` };
  }
}

function show(value: unknown): string {
  try {
    return String(value);
  } catch {
    return 'an object without text';
  }
}

const { url, file } = workerData as { readonly url: string; readonly file: string };
parentPort?.postMessage(await evaluate(url, file));
