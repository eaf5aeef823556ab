// A process's connection to process 0.

import { connect, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { plural, UserError } from '../core/index.ts';
import { encodeFrame, type Frame, FrameReader, LARGEST_BODY } from './frames.ts';
import type { ProcessGroup } from './process-group.ts';

export type GroupConnection = {
  send(header: object, body?: Uint8Array): void;
  close(): void;
};

export type ConnectionEvents = {
  onFrame(frame: Frame): void;
  /** It closed, or broke, without being asked to. */
  onClose(): void;
};

const RETRY_EVERY_MS = 250;
/** Programs as text are long. */
const LIMITS = { header: 256 * 2 ** 20, body: LARGEST_BODY };

/**
 * Connects, trying again until process 0 is there.
 *
 * @param role `member` makes requests and gives signs of life, `follower` is sent what process 0 does
 * @param untilMs by `performance.now()`
 * @throws UserError where process 0 does not answer, or refuses
 */
export async function connectGroup(
  group: ProcessGroup,
  role: 'member' | 'follower',
  untilMs: number,
  events: ConnectionEvents,
): Promise<GroupConnection> {
  for (;;) {
    const socket = await tryConnect(group, untilMs - performance.now());
    if (socket instanceof Error) {
      if (performance.now() + RETRY_EVERY_MS > untilMs) throw explainAbsent(group, socket);
      await wait(RETRY_EVERY_MS);
      continue;
    }
    return greet(socket, group, role, untilMs, events);
  }
}

function tryConnect(
  { rank, coordinator }: ProcessGroup,
  timeoutMs: number,
): Promise<Socket | NodeJS.ErrnoException> {
  const { port } = coordinator;
  // Its own machine may know process 0 by another name.
  const host = rank === 0 ? 'localhost' : coordinator.host;
  return new Promise((resolve) => {
    const socket = connect({ host, port, autoSelectFamily: true });
    const fail = (error: Error) => {
      socket.destroy();
      resolve(error);
    };
    const late = setTimeout(() => fail(new Error('no answer')), Math.max(1, timeoutMs));
    socket.once('error', (error) => {
      clearTimeout(late);
      fail(error);
    });
    socket.once('connect', () => {
      clearTimeout(late);
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

function greet(
  socket: Socket,
  group: ProcessGroup,
  role: 'member' | 'follower',
  untilMs: number,
  { onFrame, onClose }: ConnectionEvents,
): Promise<GroupConnection> {
  const { rank, size, token, coordinator } = group;
  const reader = new FrameReader(LIMITS);
  let isClosing = false;
  const send = (header: object, body?: Uint8Array) => {
    for (const piece of encodeFrame(header, body)) socket.write(piece);
  };
  const connection: GroupConnection = {
    send,
    close() {
      isClosing = true;
      socket.end();
    },
  };
  return new Promise((resolve, reject) => {
    let isWelcome = false;
    const refuse = (why: string) =>
      reject(
        new UserError(
          `rank 0 at ${coordinator.host}:${coordinator.port} refuses rank ${rank}: ${why}`,
          {
            hint: 'all processes of a run are started by one srun, or with the same variables of their own',
          },
        ),
      );
    const late = setTimeout(
      () => {
        socket.destroy();
        reject(explainAbsent(group, new Error('no answer')));
      },
      Math.max(1, untilMs - performance.now()),
    );
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 10_000);
    socket.on('error', () => {});
    socket.on('data', (piece) => {
      try {
        reader.push(piece, (frame) => {
          if (isWelcome) return onFrame(frame);
          clearTimeout(late);
          const { refused } = frame.header;
          if (refused !== undefined) return refuse(String(refused));
          isWelcome = true;
          resolve(connection);
        });
      } catch {
        socket.destroy();
      }
    });
    socket.on('close', () => {
      clearTimeout(late);
      if (!isWelcome) refuse('it closed the connection');
      else if (!isClosing) onClose();
    });
    send({ role, rank, size, token, host: hostname() });
  });
}

function explainAbsent({ rank, coordinator, patience }: ProcessGroup, error: Error): UserError {
  const { host, port } = coordinator;
  const why = (error as NodeJS.ErrnoException).code ?? error.message;
  return new UserError(
    `rank ${rank} found no rank 0 at ${host}:${port} within ${plural(patience.joinSeconds, 'second')}: ${why}`,
    {
      hint: 'PRIMORDIA_COORDINATOR=HOST:PORT names its machine and a port that firewalls let through; PRIMORDIA_JOIN_SECONDS waits longer',
      cause: error,
    },
  );
}
