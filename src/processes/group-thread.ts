// The thread that keeps a process's connection to its group, so that signs of life do not wait for what the process computes.

import { writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { plural, UserError } from '../core/index.ts';
import type { BlockingRequest, StoreAnswer } from './ask-blocking.ts';
import { connectGroup, type GroupConnection } from './connect-group.ts';
import { describeLost } from './describe-lost.ts';
import { loadEndProcess } from './end-process.ts';
import type { Frame } from './frames.ts';
import type { FromGroupThread, GroupThreadData, ToGroupThread } from './group-messages.ts';
import { type GroupServer, type Outcome, serveGroup } from './serve-group.ts';

/** A thread has no stream of its own for it. */
const STANDARD_ERROR = 2;
/** How long process 0 waits at the end for the others to leave. */
const LEAVE_WITHIN_MS = 10_000;
const MOST_BEAT_MS = 5000;
/** What a process notes of itself is told no more often. */
const NOTE_EVERY_MS = 1000;
/** In which a message goes out before its connection closes. */
const FAREWELL_MS = 300;
const AFTER_FIRST_MS = 5000;
/** How long a process may wait for its devices when process 0 has ended. */
const END_WITHIN_MS = 20_000;

async function run(main: MessagePort): Promise<void> {
  const { group, moves } = workerData as GroupThreadData;
  const { rank, size, coordinator, patience } = group;
  const endProcess = await loadEndProcess();
  const tell = (message: FromGroupThread, transfer: ArrayBuffer[] = []) =>
    main.postMessage(message, transfer);
  const untilMs = performance.now() + 1000 * patience.joinSeconds;
  const waiting = new Map<number, (frame: Frame) => void>();
  let nextId = 1;
  let isOver = false;
  let hasLeft = false;
  let at = '';
  /** What process 0 said last of itself. */
  let first = { host: coordinator.host, at: '' };

  let ending: NodeJS.Timeout | undefined;
  /** The main thread ends the process, unless it computes, or waits, for too long. */
  const endLater = (message: string, exitCode: number, ms: number) => {
    ending = setTimeout(() => {
      writeSync(STANDARD_ERROR, `error: ${message}\n`);
      endProcess(exitCode);
    }, ms);
  };

  const lose = (message: string) => {
    if (isOver) return;
    isOver = true;
    clearInterval(beating);
    // What waits goes on waiting: an answer would only make a plugin fail in its own words before the process ends.
    waiting.clear();
    tell({ kind: 'lost', message });
    endLater(message, 1, 1000 * patience.silenceSeconds);
  };

  const request = (header: object, body?: Uint8Array): Promise<Frame> => {
    const id = nextId++;
    return new Promise((resolve) => {
      if (isOver) return;
      waiting.set(id, resolve);
      member.send({ ...header, id }, body);
    });
  };

  const hearEnd = ({ lost, end }: Frame['header']) => {
    // Process 0 may end while this one's farewell is under way.
    if (hasLeft) return;
    if (lost !== undefined) return lose(String(lost));
    isOver = true;
    clearInterval(beating);
    const outcome = end as Outcome;
    tell({ kind: 'end', outcome });
    const { error = 'this process waits for its devices in vain', exitCode } = outcome;
    endLater(`rank 0 ended: ${error}`, exitCode || 1, END_WITHIN_MS);
  };

  const onFrame = (frame: Frame) => {
    if (hasLeft) return;
    const { id, lost, end } = frame.header;
    if (lost !== undefined || end !== undefined) {
      // Answers that came before it are passed on first: a meeting explains what went wrong better than the loss that follows.
      setImmediate(() => hearEnd(frame.header));
      return;
    }
    const resolve = waiting.get(Number(id));
    waiting.delete(Number(id));
    resolve?.(frame);
  };

  const server: GroupServer | null =
    rank === 0 ? await serveGroup(group, { onStop: () => tell({ kind: 'stop' }) }) : null;
  const member: GroupConnection = await connectGroup(group, 'member', untilMs, {
    onFrame,
    onClose: () => lose(describeLost({ ...first, rank: 0, how: 'gone' })),
  });
  const follower =
    rank === 0
      ? null
      : await connectGroup(group, 'follower', untilMs, {
          onFrame: collectCommands(({ plain, bodies }) => {
            const buffers = bodies.map(({ buffer }) => buffer as ArrayBuffer);
            tell({ kind: 'command', plain, bodies }, buffers);
          }),
          onClose: () => {},
        });

  const everyMs = Math.min(MOST_BEAT_MS, 250 * patience.silenceSeconds);
  let answeredAtMs = performance.now();
  let beatAtMs = answeredAtMs;
  const beat = async () => {
    const nowMs = performance.now();
    // A longer gap is one in which this process itself was stopped.
    answeredAtMs += Math.max(0, nowMs - beatAtMs - 2 * everyMs);
    beatAtMs = nowMs;
    const silentMs = nowMs - answeredAtMs;
    if (silentMs > 1000 * patience.silenceSeconds) {
      lose(describeLost({ ...first, rank: 0, how: 'silent', seconds: silentMs / 1000 }));
      return;
    }
    const { header } = await request({ op: 'beat', at, moves: Atomics.load(moves, 0) });
    if (header.error === undefined) hearFirst(header);
  };
  const hearFirst = ({ host, at }: Frame['header']) => {
    answeredAtMs = performance.now();
    first = { host: String(host), at: String(at) };
  };
  const beating = setInterval(beat, everyMs);
  let notedAtMs = Number.NEGATIVE_INFINITY;

  const meet = async (name: string, value: string, timeoutMs: number) => {
    const { header } = await request({ op: 'meet', key: name, value, timeoutMs });
    if ('values' in header) hearFirst(header);
    return header;
  };

  const ports: MessagePort[] = [];
  /** Answers a thread that waits with a shared number. */
  const serveBlocking = (port: MessagePort) => {
    ports.push(port);
    port.on('message', async ({ answered, ...asked }: BlockingRequest) => {
      const { op, key } = asked;
      const timeoutMs = asked.op === 'get' ? asked.timeoutMs : 0;
      const frame = await request(
        { op, key, timeoutMs },
        asked.op === 'put' ? asked.value : undefined,
      );
      const answer = frame.header.error === undefined ? { value: frame.body } : frame.header;
      port.postMessage(answer as StoreAnswer);
      Atomics.store(answered, 0, 1);
      Atomics.notify(answered, 0);
    });
  };

  const leave = async (outcome: Outcome | null) => {
    isOver = true;
    clearInterval(beating);
    member.send({ op: 'leave' });
    await server?.end(outcome ?? { exitCode: 0 }, LEAVE_WITHIN_MS);
    end();
  };

  const end = () => {
    hasLeft = true;
    member.close();
    follower?.close();
    main.close();
    // Those of a device that has failed stay open at their other ends, and would keep this thread.
    for (const port of ports) port.close();
    clearTimeout(ending);
  };

  main.on('message', async (message: ToGroupThread) => {
    switch (message.kind) {
      case 'note':
        at = message.at;
        if (performance.now() - notedAtMs < NOTE_EVERY_MS) break;
        notedAtMs = performance.now();
        await beat();
        break;
      case 'meet': {
        const met = await meet(message.name, message.value, 1000 * patience.stallSeconds);
        if ('values' in met) {
          tell({ kind: 'met', id: message.id, values: met.values as string[] });
        } else if ('came' in met) {
          lose(`${missingRanks(size, met.came as number[])} did not come to '${message.name}'`);
        }
        break;
      }
      case 'command':
        server?.command(Object(message.plain), message.bodies);
        break;
      case 'port':
        serveBlocking(message.port);
        break;
      case 'stop':
        member.send({ op: 'stop' });
        break;
      case 'fail':
        isOver = true;
        clearInterval(beating);
        member.send({ op: 'fail', reason: message.reason });
        await wait(FAREWELL_MS);
        end();
        break;
      case 'leave':
        await leave(message.outcome);
        break;
    }
  });

  // Process 0 says who is missing, so that all say the same.
  const margin = rank === 0 ? 0 : AFTER_FIRST_MS;
  const joined = await meet('join', hostname(), untilMs - performance.now() + margin);
  if ('values' in joined) {
    tell({ kind: 'joined' });
    return;
  }
  if (!('came' in joined)) return;
  const came = joined.came as number[];
  const absent = new UserError(
    `${missingRanks(size, came)} of ${size} processes did not come within ` +
      `${plural(patience.joinSeconds, 'second')}; ${listRanks(came)} did`,
    { hint: 'their logs say why; PRIMORDIA_JOIN_SECONDS waits longer' },
  );
  isOver = true;
  // Those that wait for others, too, hear why.
  member.send({ op: 'fail', reason: absent.message });
  await wait(FAREWELL_MS);
  throw absent;
}

/** Puts a message together from the frame of its plain part and those of its arrays. */
function collectCommands(
  onCommand: (message: { plain: unknown; bodies: Uint8Array[] }) => void,
): (frame: Frame) => void {
  let begun: { plain: unknown; bodies: Uint8Array[]; missing: number } | null = null;
  return ({ header, body }) => {
    if (begun === null) {
      begun = { plain: header.command, bodies: [], missing: Number(header.bodies) };
    } else {
      begun.bodies.push(body);
      begun.missing--;
    }
    if (begun.missing > 0) return;
    const { plain, bodies } = begun;
    begun = null;
    onCommand({ plain, bodies });
  };
}

function missingRanks(size: number, came: readonly number[]): string {
  return listRanks(
    Array.from({ length: size }, (_, rank) => rank).filter((r) => !came.includes(r)),
  );
}

/** `rank 2`, `ranks 1, 3 and 4`. */
function listRanks(ranks: readonly number[]): string {
  const last = ranks.at(-1);
  if (ranks.length < 2) return `rank ${last}`;
  return `ranks ${ranks.slice(0, -1).join(', ')} and ${last}`;
}

if (parentPort) {
  const port = parentPort;
  try {
    await run(port as unknown as MessagePort);
  } catch (error) {
    const { message } = error as Error;
    const hint = error instanceof UserError ? error.hint : undefined;
    port.postMessage({ kind: 'refused', message, hint } satisfies FromGroupThread);
    port.close();
    // Connections that are still open must not keep the thread.
    process.exit();
  }
}
