// Draws worlds and plays NCA rules apart from the page's thread.

import { config } from 'zod';
import type { WorkerAnswer, WorkerRequest } from './serve-worlds.ts';

// Schemas would probe for `eval`, which the page's policy forbids.
config({ jitless: true });

const post = (answer: WorkerAnswer, transfer: Transferable[]) =>
  (self as unknown as Worker).postMessage(answer, transfer);

self.addEventListener('message', async ({ data }: MessageEvent<WorkerRequest>) => {
  const { serveWorlds } = await import('./serve-worlds.ts');
  serveWorlds(data, post);
});
