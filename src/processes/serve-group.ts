// What process 0 serves to a group over TCP: the store, meetings, and what happened to whom.

import { createServer, type Socket } from 'node:net';
import { UserError } from '../core/index.ts';
import { isSameSecret } from '../files/is-same-secret.ts';
import { describeLost, type LostProcess } from './describe-lost.ts';
import { encodeFrame, type Frame, type FrameLimits, FrameReader } from './frames.ts';
import { KeyValueStore, type Refusal, STORE_LIMITS } from './key-value-store.ts';
import { Meetings } from './meetings.ts';
import type { ProcessGroup } from './process-group.ts';
import { Roster } from './roster.ts';

/** How process 0 ended, for the others. */
export type Outcome = { readonly exitCode: number; readonly error?: string };

export type GroupServer = {
  /** Sends a message to all other processes. */
  command(header: object, bodies: readonly Uint8Array[]): void;
  /** Tells them that it is over, and waits a little for them to leave. */
  end(outcome: Outcome, graceMs: number): Promise<void>;
};

export type GroupServerEvents = {
  /** A process was asked to stop. */
  onStop(): void;
};

/** Before a connection has said who it is. */
const STRANGER: FrameLimits = { header: 4096, body: 0 };
const MEMBER: FrameLimits = { header: 65_536, body: STORE_LIMITS.valueBytes };
const HELLO_WITHIN_MS = 10_000;
/** Connections that have not said yet who they are. */
const MOST_STRANGERS = 64;
const LOOK_EVERY_MS = 1000;

/** What a connection is for: requests and signs of life, or messages of process 0. */
type Role = 'member' | 'follower';

/**
 * Listens at the group's port, on all addresses of this machine.
 *
 * @throws UserError where the port is taken or not allowed
 */
export async function serveGroup(
  { size, coordinator, token, patience }: ProcessGroup,
  events: GroupServerEvents,
): Promise<GroupServer> {
  const store = new KeyValueStore();
  const meetings = new Meetings(size);
  const roster = new Roster(() => performance.now());
  const sockets: Record<Role, Map<number, Socket>> = { member: new Map(), follower: new Map() };
  let strangers = 0;
  let isOver = false;
  let whenEmpty = () => {};

  const lose = (lost: LostProcess) => {
    roster.leave(lost.rank);
    if (isOver) return;
    isOver = true;
    for (const socket of sockets.member.values()) send(socket, { lost: describeLost(lost) });
  };

  /** Where process 0 is, should it be the one that is lost. */
  const describeFirst = () => ({ host: roster.get(0)?.host ?? '', at: roster.get(0)?.at ?? '' });

  const leave = (rank: number) => {
    roster.leave(rank);
    if (roster.count === 0) whenEmpty();
  };

  const server = createServer((socket) => {
    if (++strangers > MOST_STRANGERS) {
      strangers--;
      socket.destroy();
      return;
    }
    let isStranger = true;
    const meet = () => {
      if (isStranger) strangers--;
      isStranger = false;
    };
    const reader = new FrameReader(STRANGER);
    const late = setTimeout(() => socket.destroy(), HELLO_WITHIN_MS);
    let serve: ((frame: Frame) => void) | null = null;
    socket.setNoDelay(true);
    socket.on('data', (piece) => {
      try {
        reader.push(piece, (frame) => {
          if (serve) return serve(frame);
          clearTimeout(late);
          const hello = readHello(frame, token, size, sockets);
          if ('refused' in hello) {
            socket.end(Buffer.concat(encodeFrame(hello)));
            serve = () => {};
            return;
          }
          meet();
          serve = welcome(socket, hello);
          reader.allow(MEMBER);
          send(socket, { welcome: true });
        });
      } catch {
        // It is no process of ours, or is out of step for good.
        socket.destroy();
      }
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(late);
      meet();
    });
  });

  /** Lets a process take part; gives what answers its requests. */
  function welcome(
    socket: Socket,
    { rank, role, host }: { readonly rank: number; readonly role: Role; readonly host: string },
  ): (frame: Frame) => void {
    sockets[role].set(rank, socket);
    socket.on('close', () => {
      sockets[role].delete(rank);
      const member = roster.get(rank);
      if (member && role === 'member') lose({ ...member, how: 'gone' });
    });
    if (role === 'follower') return () => {};
    roster.join(rank, host);
    const answer = (id: unknown, result: object, body?: Uint8Array) => {
      if (socket.writable) send(socket, { id, ...result }, body);
    };
    const answerValue = (id: unknown, value: Uint8Array | Refusal) => {
      if (value instanceof Uint8Array) answer(id, {}, value);
      else answer(id, value);
    };
    return ({ header, body }) => {
      const { op, id } = header;
      const key = String(header.key ?? '');
      switch (op) {
        case 'put':
          answer(id, store.put(key, body) ?? {});
          break;
        case 'get':
          store.get(key, Number(header.timeoutMs)).then((value) => answerValue(id, value));
          break;
        case 'tryGet':
          answerValue(id, store.tryGet(key) ?? { error: 'missing' });
          break;
        case 'meet': {
          const { value, timeoutMs } = header;
          meetings.meet(key, rank, String(value), Number(timeoutMs)).then((met) => {
            answer(id, 'error' in met ? met : { values: met, ...describeFirst() });
          });
          break;
        }
        case 'beat': {
          roster.hear(rank, { at: String(header.at), moves: Number(header.moves) });
          answer(id, describeFirst());
          break;
        }
        case 'stop':
          events.onStop();
          break;
        case 'leave':
          leave(rank);
          break;
        case 'fail': {
          const member = roster.get(rank);
          if (member) lose({ ...member, how: 'failed', reason: String(header.reason) });
          break;
        }
        default:
          throw new Error(`an unknown request: ${String(op)}`);
      }
    };
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(explainListen(error, coordinator.port)));
    server.listen(coordinator.port, resolve);
  });
  server.on('error', () => {});

  const looking = setInterval(() => {
    const { silenceSeconds, stallSeconds } = patience;
    const lost = roster.findLost(LOOK_EVERY_MS, 1000 * silenceSeconds, 1000 * stallSeconds);
    if (lost) lose({ ...lost.member, how: lost.how, seconds: lost.forMs / 1000 });
  }, LOOK_EVERY_MS);

  return {
    command(header, bodies) {
      for (const socket of sockets.follower.values()) {
        send(socket, { command: header, bodies: bodies.length });
        for (const body of bodies) send(socket, {}, body);
      }
    },
    async end(outcome, graceMs) {
      isOver = true;
      for (const [rank, socket] of sockets.member) if (rank !== 0) send(socket, { end: outcome });
      if (roster.count > 0) {
        let late: NodeJS.Timeout | undefined;
        await new Promise<void>((resolve) => {
          whenEmpty = resolve;
          late = setTimeout(resolve, graceMs);
        });
        clearTimeout(late);
      }
      clearInterval(looking);
      server.close();
      for (const all of Object.values(sockets)) for (const socket of all.values()) socket.destroy();
    },
  };
}

function send(socket: Socket, header: object, body?: Uint8Array): void {
  for (const piece of encodeFrame(header, body)) socket.write(piece);
}

/** Who a connection is from, or why it is refused. */
function readHello(
  { header }: Frame,
  token: string,
  size: number,
  sockets: Readonly<Record<Role, ReadonlyMap<number, Socket>>>,
):
  | { readonly rank: number; readonly role: Role; readonly host: string }
  | { readonly refused: string } {
  const { rank, role } = header;
  if (!isSameSecret(String(header.token), token)) {
    return {
      refused: 'it has another token: a process of another job, or another PRIMORDIA_TOKEN',
    };
  }
  if (header.size !== size) {
    return { refused: `it is one of ${size} processes, this is one of ${String(header.size)}` };
  }
  if (role !== 'member' && role !== 'follower') return { refused: 'it is of another version' };
  if (!Number.isInteger(rank) || Number(rank) < 0 || Number(rank) >= size) {
    return { refused: `there is no rank ${String(rank)} among ${size} processes` };
  }
  if (sockets[role].has(Number(rank))) {
    return { refused: `there is a process with rank ${String(rank)} already` };
  }
  return { rank: Number(rank), role, host: String(header.host).slice(0, 256) };
}

function explainListen(error: NodeJS.ErrnoException, port: number): Error {
  const why =
    error.code === 'EADDRINUSE' ? 'another program listens there' : (error.code ?? error.message);
  return new UserError(`rank 0 cannot listen at port ${port}: ${why}`, {
    hint: 'name another port for all processes: PRIMORDIA_COORDINATOR=HOST:PORT',
    cause: error,
  });
}
