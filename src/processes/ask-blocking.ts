// Requests to the store from a thread that must not go on before it has the answer.

import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Refusal } from './key-value-store.ts';

export type StoreRequest =
  | { readonly op: 'put'; readonly key: string; readonly value: Uint8Array }
  | { readonly op: 'get'; readonly key: string; readonly timeoutMs: number }
  | { readonly op: 'tryGet'; readonly key: string };

export type StoreAnswer =
  | { readonly value: Uint8Array }
  | Refusal
  /** No answer came: the group has lost a process, and this one is about to end. */
  | { readonly error: 'lost' };

/** What goes through the port. */
export type BlockingRequest = StoreRequest & {
  /** Its one element becomes 1 when the answer is in the port. */
  readonly answered: Int32Array;
};

/** How much longer than the store the thread waits. */
const MARGIN_MS = 30_000;

/**
 * Asks and waits, with the whole thread.
 *
 * @param port of a group (`JoinedGroup.openPort`), which nothing else listens to
 */
export function askBlocking(port: MessagePort, request: StoreRequest): StoreAnswer {
  const answered = new Int32Array(new SharedArrayBuffer(4));
  port.postMessage({ ...request, answered } satisfies BlockingRequest);
  const timeoutMs = request.op === 'get' ? request.timeoutMs : 0;
  if (Atomics.wait(answered, 0, 0, timeoutMs + MARGIN_MS) === 'timed-out') return { error: 'lost' };
  const received = receiveMessageOnPort(port);
  return received ? (received.message as StoreAnswer) : { error: 'lost' };
}
