// The process in which a recipe in JavaScript is evaluated.

import { Console } from 'node:console';
import { UserError } from '../core/index.ts';
import { serveCalls } from '../files/serve-calls.ts';
import type { EvaluateReply, EvaluateRequest } from './evaluate-recipe.ts';
import { toPlainJson } from './plain-json.ts';

async function evaluate({ url, file }: EvaluateRequest): Promise<EvaluateReply> {
  try {
    const { default: value } = (await import(url)) as { readonly default?: unknown };
    return value === undefined ? {} : { value: toPlainJson(value, file) };
  } catch (error) {
    if (error instanceof UserError) throw error;
    // Anything can be thrown, null included.
    throw new Error(error instanceof Error ? error.message : `it threw ${show(error)}`);
  }
}

function show(value: unknown): string {
  try {
    return String(value);
  } catch {
    return 'an object without text';
  }
}

// Standard error of this process is closed; its standard output is the command's standard error.
globalThis.console = new Console(process.stdout);
serveCalls(evaluate);
