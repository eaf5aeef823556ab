// A thread that plays batches of battles, one after the other.

import { parentPort } from 'node:worker_threads';
import { UserError } from '../core/index.ts';
import {
  type CoreSettings,
  createBattlePlayer,
  createMars,
  type Warrior,
} from '../corewar/index.ts';
import type { BatchReply, BatchRequest, PackedJob } from './worker-messages.ts';

function serve(port: NonNullable<typeof parentPort>): void {
  const play = createBattlePlayer(createMars);
  const settings = new Map<number, CoreSettings>();
  const warriors = new Map<number, Warrior>();
  const unpack = (job: PackedJob) => ({
    ...job,
    settings: settings.get(job.settings)!,
    warriors: job.warriors.map((id) => warriors.get(id)!),
  });
  port.on('message', (request: BatchRequest) => {
    if (request.forget) {
      settings.clear();
      warriors.clear();
    }
    for (const [id, value] of request.settings) settings.set(id, value);
    for (const [id, value] of request.warriors) warriors.set(id, value);
    let reply: BatchReply;
    try {
      reply = { batch: request.batch, results: request.jobs.map((job) => play(unpack(job))) };
    } catch (error) {
      const { message, stack } = error as Error;
      const hint = error instanceof UserError ? { hint: error.hint ?? '' } : {};
      reply = { batch: request.batch, error: { message, stack: stack ?? '', ...hint } };
    }
    port.postMessage(reply);
  });
}

if (parentPort) serve(parentPort);
