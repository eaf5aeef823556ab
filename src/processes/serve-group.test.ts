// What a stranger can do at the port of a group: nothing.

import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../../test/support/free-port.ts';
import { encodeFrame, FrameReader } from './frames.ts';
import type { ProcessGroup } from './process-group.ts';
import { type GroupServer, serveGroup } from './serve-group.ts';

const HELLO = { role: 'member', rank: 1, size: 3, token: 'right', host: 'there' };

let group: ProcessGroup;
let server: GroupServer;
beforeEach(async () => {
  group = {
    rank: 0,
    size: 3,
    coordinator: { host: 'localhost', port: await freePort() },
    token: 'right',
    patience: { joinSeconds: 10, silenceSeconds: 60, stallSeconds: 60 },
  };
  server = await serveGroup(group, { onStop: () => {} });
});
afterEach(() => server.end({ exitCode: 0 }, 0));

/** A connection that says something, what it hears, and its end. */
function say(...pieces: readonly Uint8Array[]) {
  const socket: Socket = connect(group.coordinator.port, 'localhost');
  const heard: unknown[] = [];
  let onHeard = () => {};
  const reader = new FrameReader({ header: 10_000, body: 10_000 });
  socket.on('data', (piece) =>
    reader.push(piece, ({ header }) => {
      heard.push(header);
      onHeard();
    }),
  );
  socket.on('error', () => {});
  for (const piece of pieces) socket.write(piece);
  return {
    socket,
    heard,
    send: (header: object) => socket.write(Buffer.concat(encodeFrame(header))),
    ended: new Promise<void>((resolve) => socket.on('close', () => resolve())),
    hears: (count: number) =>
      new Promise<void>((resolve) => {
        onHeard = () => {
          if (heard.length >= count) resolve();
        };
        onHeard();
      }),
  };
}

const hello = (changes: object = {}) => Buffer.concat(encodeFrame({ ...HELLO, ...changes }));

describe('what is no process of the group', () => {
  test.each([
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\nHost: there\r\n\r\n')],
    ['a long header', Buffer.from([0, 0, 32, 0, 0, 0, 0, 0])],
    ['a body before it says who it is', Buffer.from([0, 0, 0, 2, 0, 0, 0, 1, 123, 125, 0])],
    ['no JSON', Buffer.from([0, 0, 0, 2, 0, 0, 0, 0, 65, 65])],
  ])('%s: the connection closes', async (_, bytes) => {
    const { ended, heard } = say(bytes);
    await ended;
    expect(heard).toEqual([]);
  });

  test.each([
    [{ token: 'wrong' }, 'it has another token'],
    [{ token: undefined }, 'it has another token'],
    [{ size: 2 }, 'it is one of 3 processes, this is one of 2'],
    [{ rank: 3 }, 'there is no rank 3 among 3 processes'],
    [{ rank: '1' }, 'there is no rank 1 among 3 processes'],
    [{ role: 'other' }, 'it is of another version'],
  ])('%j is told why', async (changes, said) => {
    const { ended, heard } = say(hello(changes));
    await ended;
    expect(heard).toHaveLength(1);
    expect(heard[0]).toMatchObject({ refused: expect.stringContaining(said) });
  });

  test('a second one of the same rank is told so', async () => {
    const first = say(hello());
    await first.hears(1);
    expect(first.heard).toEqual([{ welcome: true }]);
    const second = say(hello());
    await second.ended;
    expect(second.heard).toEqual([{ refused: 'there is a process with rank 1 already' }]);
    first.socket.destroy();
  });

  test('many connections that say nothing: the later ones close, and a process still comes in after', async () => {
    const silent = Array.from({ length: 70 }, () => say());
    await Promise.any(silent.slice(1).map(({ ended }) => ended));
    for (const { socket } of silent) socket.destroy();
    await Promise.all(silent.map(({ ended }) => ended));
    const { hears, heard, socket } = say(hello());
    await hears(1);
    expect(heard).toEqual([{ welcome: true }]);
    socket.destroy();
  });
});

test('a process that breaks off is reported to the others, one that leaves is not', async () => {
  const [one, two] = [say(hello()), say(hello({ rank: 2, host: 'elsewhere' }))];
  await Promise.all([one.hears(1), two.hears(1)]);
  one.send({ op: 'leave' });
  one.socket.end();
  await one.ended;
  const again = say(hello());
  await again.hears(1);
  again.send({ op: 'beat', id: 1, at: 'step 3', moves: 1 });
  await again.hears(2);
  again.socket.destroy();
  await two.hears(2);
  expect(two.heard).toEqual([{ welcome: true }, { lost: 'rank 1 (there) is gone, after step 3' }]);
  two.socket.destroy();
});

test('a member that asks for what there is not, or sends too much, is cut off', async () => {
  for (const bytes of [
    Buffer.concat(encodeFrame({ op: 'unknown', id: 1 })),
    Buffer.from([255, 0, 0, 0, 0, 0, 0, 0]),
  ]) {
    const { ended, heard } = say(hello(), bytes);
    await ended;
    expect(heard).toEqual([{ welcome: true }]);
  }
});
