// A thread that makes blocks of sequences and encodes them, one request after the other.

import { parentPort, workerData } from 'node:worker_threads';
import { UserError } from '../core/index.ts';
import type { EncodedBlock } from './formats/codec.ts';
import { loadCodec } from './formats/load-codec.ts';
import { createSequenceMaker, type SequenceCounts } from './nca-sequences.ts';
import type { SequenceRange } from './shard-plan.ts';
import type { WorkerReply, WorkerSetup } from './worker-pool.ts';

async function serve(port: NonNullable<typeof parentPort>, setup: WorkerSetup): Promise<void> {
  const { source, format, layout } = setup;
  const codec = await loadCodec(format);
  const maker = createSequenceMaker(source);
  const makeBlock = ({ first, count }: SequenceRange): [EncodedBlock, SequenceCounts] => {
    const tokens = new Int32Array(count * layout.sequenceLength);
    const counts = maker.make(first, count, tokens);
    return [codec.encodeBlock(layout, tokens), counts];
  };
  port.on('message', (range: SequenceRange) => {
    let reply: WorkerReply;
    try {
      const [block, counts] = makeBlock(range);
      reply = { first: range.first, block, counts };
    } catch (error) {
      const { message, stack } = error as Error;
      const hint = error instanceof UserError ? { hint: error.hint ?? '' } : {};
      reply = { first: range.first, error: { message, stack: stack ?? '', ...hint } };
    }
    port.postMessage(reply, 'block' in reply ? transferable(reply.block.bytes) : []);
  });
}

/** The buffer to hand over instead of copying it; none where other arrays lie in it, as Node's small ones do. */
function transferable({ buffer, byteLength }: Uint8Array): ArrayBuffer[] {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
}

if (parentPort) await serve(parentPort, workerData as WorkerSetup);
