// Messages between a process's main thread and the thread that keeps its connection to the group.

import type { MessagePort } from 'node:worker_threads';
import type { ProcessGroup } from './process-group.ts';
import type { Outcome } from './serve-group.ts';
import type { SplitMessage } from './split-arrays.ts';

export type GroupThreadData = {
  readonly group: ProcessGroup;
  /** Its one element grows with everything that the process gets done. */
  readonly moves: Int32Array;
};

export type ToGroupThread =
  | { readonly kind: 'note'; readonly at: string }
  | { readonly kind: 'meet'; readonly id: number; readonly name: string; readonly value: string }
  | ({ readonly kind: 'command' } & SplitMessage)
  | { readonly kind: 'port'; readonly port: MessagePort }
  | { readonly kind: 'stop' }
  | { readonly kind: 'fail'; readonly reason: string }
  /** Of process 0 with how it ended. */
  | { readonly kind: 'leave'; readonly outcome: Outcome | null };

export type FromGroupThread =
  | { readonly kind: 'joined' }
  | { readonly kind: 'refused'; readonly message: string; readonly hint: string | undefined }
  | { readonly kind: 'met'; readonly id: number; readonly values: readonly string[] }
  | ({ readonly kind: 'command' } & SplitMessage)
  | { readonly kind: 'stop' }
  | { readonly kind: 'lost'; readonly message: string }
  /** Process 0 is done. */
  | { readonly kind: 'end'; readonly outcome: Outcome };
