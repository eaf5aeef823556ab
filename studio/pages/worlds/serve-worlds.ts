// Requests to the worker of the page, and its answers.

import { UserError } from '../../../src/core/index.ts';
import { drawWorld, type WorldDrawing, type WorldRequest } from './draw-world.ts';
import { findRules, type RuleEvent, type RuleRequest } from './find-rules.ts';

export type WorkerRequest =
  | { readonly kind: 'rules'; readonly request: RuleRequest }
  | { readonly kind: 'world'; readonly request: WorldRequest };

export type WorkerAnswer =
  | { readonly kind: 'rules'; readonly event: RuleEvent }
  | { readonly kind: 'world'; readonly drawing: WorldDrawing }
  | { readonly kind: 'error'; readonly message: string; readonly hint: string | null };

type Post = (answer: WorkerAnswer, transfer: Transferable[]) => void;

export function serveWorlds(request: WorkerRequest, post: Post): void {
  try {
    if (request.kind === 'world') {
      post({ kind: 'world', drawing: drawWorld(request.request) }, []);
      return;
    }
    for (const event of findRules(request.request)) {
      const isRule = event.kind === 'rule' || event.kind === 'kept';
      post({ kind: 'rules', event }, isRule ? [event.rule.cells.buffer] : []);
    }
  } catch (error) {
    const { message } = error as Error;
    const hint = (error instanceof UserError && error.hint) || null;
    post({ kind: 'error', message, hint }, []);
  }
}
