// Groups of real processes: what they tell one another, and what becomes of them when one is lost.

import { type ChildProcess, spawn } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { encodeFrame, FrameReader } from '../../src/processes/frames.ts';
import { freePort } from '../support/free-port.ts';

const MEMBER = fileURLToPath(new URL('../support/group-member.mjs', import.meta.url));

type Started = {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** Resolves when it has written a line. */
  said(line: string): Promise<void>;
};

function start(what: string, environment: Readonly<Record<string, string>>): Started {
  const child = spawn(process.execPath, [MEMBER, what], {
    env: { ...process.env, ...environment },
  });
  let stdout = '';
  let stderr = '';
  let heard = () => {};
  child.stdout.on('data', (data) => {
    stdout += data;
    heard();
  });
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  return {
    child,
    ended: new Promise((resolve) => {
      child.on('close', (code) => resolve({ code, stdout, stderr }));
    }),
    said: (line) =>
      new Promise((resolve) => {
        heard = () => {
          if (stdout.split('\n').includes(line)) resolve();
        };
        heard();
      }),
  };
}

/** Starts the processes of a group. */
async function startGroup(
  size: number,
  what: string | ((rank: number) => string),
  environment: (rank: number) => Readonly<Record<string, string>> = () => ({}),
): Promise<Started[]> {
  const port = await freePort();
  return Array.from({ length: size }, (_, rank) =>
    start(typeof what === 'string' ? what : what(rank), {
      PRIMORDIA_PROCESSES: String(size),
      PRIMORDIA_RANK: String(rank),
      PRIMORDIA_COORDINATOR: `localhost:${port}`,
      ...environment(rank),
    }),
  );
}

const endsOf = (group: readonly Started[]) => Promise.all(group.map(({ ended }) => ended));

test('processes meet, are told what to do, and share a store', async () => {
  const ends = await endsOf(await startGroup(3, 'talk'));
  ends.forEach(({ code, stdout, stderr }, rank) => {
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const common = ['missing', 'timeout', `value ${(rank + 1) % 3}`];
    const expected =
      rank === 0
        ? ['joined', ...common]
        : [
            'joined',
            '{"kind":"sum","values":[1,2.5,0]}',
            ...common,
            '{"exitCode":0,"error":"none"}',
          ];
    expect(stdout.trim().split('\n')).toEqual(expected);
  });
});

describe('what is lost ends all, although their threads wait in native code', () => {
  const AT = /after stage 'text', step 7$/m;

  test.each([1, 0])('rank %i, killed', async (killed) => {
    const group = await startGroup(3, 'wait');
    await Promise.all(group.map(({ said }) => said('waits')));
    group[killed]!.child.kill('SIGKILL');
    const ends = await endsOf(group);
    ends.forEach(({ code, stderr }, rank) => {
      if (rank === killed) return;
      expect(code, stderr).toBe(1);
      expect(stderr).toMatch(new RegExp(`^error: rank ${killed} \\(\\S+\\) is gone, after`));
      expect(stderr).toMatch(AT);
    });
  });

  test.each([1, 0])('rank %i, stopped', async (stopped) => {
    const group = await startGroup(2, 'wait', () => ({ PRIMORDIA_SILENCE_SECONDS: '3' }));
    await Promise.all(group.map(({ said }) => said('waits')));
    group[stopped]!.child.kill('SIGSTOP');
    const { code, stderr } = await group[1 - stopped]!.ended;
    group[stopped]!.child.kill('SIGKILL');
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(
      new RegExp(
        `^error: rank ${stopped} \\(\\S+\\) has given no sign of life for \\d seconds, after`,
      ),
    );
    expect(stderr).toMatch(AT);
  });

  test('also where the main thread does not notice', async () => {
    const group = await startGroup(
      2,
      (rank) => (rank === 0 ? 'deaf' : 'wait'),
      () => ({ PRIMORDIA_SILENCE_SECONDS: '3' }),
    );
    await Promise.all(group.map(({ said }) => said('waits')));
    group[1]!.child.kill('SIGKILL');
    const { code, stderr } = await group[0]!.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: rank 1 \(\S+\) is gone, after/);
  });

  test('one that gets nothing done', async () => {
    const group = await startGroup(2, 'wait', () => ({ PRIMORDIA_STALL_SECONDS: '6' }));
    for (const { code, stderr } of await endsOf(group)) {
      expect(code, stderr).toBe(1);
      expect(stderr).toMatch(/^error: rank \d \(\S+\) has got nothing done for \d seconds, after/);
      expect(stderr).toMatch(AT);
    }
  });

  test('one that fails says why to all', async () => {
    const group = await startGroup(3, (rank) => (rank === 2 ? 'fail' : 'wait'));
    const ends = await endsOf(group);
    expect(ends.map(({ code }) => code)).toEqual([1, 1, 1]);
    expect(ends[2]!.stderr).toBe('error: the disk is full\n');
    for (const { stderr } of ends.slice(0, 2)) {
      expect(stderr).toMatch(/^error: rank 2 \(\S+\) failed: the disk is full$/m);
    }
  });
});

describe('at the start', () => {
  test('whoever does not come is named', async () => {
    const [zero, one] = await startGroup(
      4,
      (rank) => (rank < 2 ? 'wait' : 'none'),
      (rank) => ({
        PRIMORDIA_JOIN_SECONDS: '6',
        // The others look elsewhere.
        ...(rank < 2 ? {} : { PRIMORDIA_COORDINATOR: 'localhost:1' }),
      }),
    );
    const said = 'ranks 2 and 3 of 4 processes did not come within 6 seconds; ranks 0 and 1 did';
    const [first, second] = await endsOf([zero!, one!]);
    expect(first).toMatchObject({ code: 1, stderr: `error: ${said}\n` });
    expect(second!.code).toBe(1);
    expect(second!.stderr).toMatch(new RegExp(`^error: rank 0 \\(\\S+\\) failed: ${said}\n$`));
  });

  test('without rank 0, the others say where they looked', async () => {
    const [, one] = await startGroup(2, 'wait', (rank) => ({
      PRIMORDIA_JOIN_SECONDS: '1',
      ...(rank === 0 ? { PRIMORDIA_COORDINATOR: 'localhost:1' } : {}),
    }));
    const { code, stderr } = await one!.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error: rank 1 found no rank 0 at localhost:\d+ within 1 second: ECONNREFUSED$/m,
    );
  });

  test.each([
    ['another token', { PRIMORDIA_TOKEN: 'other' }, 'it has another token'],
    ['another number', { PRIMORDIA_PROCESSES: '3' }, 'it is one of 2 processes, this is one of 3'],
    ['a rank that is taken', { PRIMORDIA_RANK: '0' }, 'another program listens there'],
  ])('%s is refused', async (_, environment, said) => {
    const group = await startGroup(2, 'wait', (rank) => ({
      PRIMORDIA_JOIN_SECONDS: '3',
      ...(rank === 1 ? environment : {}),
    }));
    const ends = await endsOf(group);
    expect(ends.map(({ code }) => code)).toEqual([1, 1]);
    expect(ends.map(({ stderr }) => stderr).join('')).toContain(said);
  });

  test('processes with another recipe are named, by all', async () => {
    const ends = await endsOf(
      await startGroup(3, 'wait', (rank) => (rank === 1 ? { RECIPE: 'y' } : {})),
    );
    for (const { code, stderr } of ends) {
      expect(code).toBe(1);
      expect(stderr).toBe('error: rank 1 of 3 processes has another recipe than rank 0\n');
    }
  });

  test('what a meeting found is said though a loss is told in the same piece', async () => {
    // Stands in for process 0, whose messages seldom come together.
    const first = createServer((socket) => {
      const reader = new FrameReader({ header: 65_536, body: 0 });
      const send = (...headers: readonly object[]) =>
        socket.write(Buffer.concat(headers.flatMap((header) => encodeFrame(header))));
      socket.on('error', () => {});
      socket.on('data', (piece) =>
        reader.push(piece, ({ header: { role, op, key, id } }) => {
          const met = { id, host: 'there', at: '' };
          if (role !== undefined) send({ welcome: true });
          else if (op === 'meet' && key === 'join') send({ ...met, values: ['there', 'here'] });
          else if (op === 'meet') send({ ...met, values: ['x', 'y'] }, { lost: 'rank 0 failed' });
        }),
      );
    });
    await new Promise<void>((resolve) => first.listen(0, resolve));
    const { port } = first.address() as AddressInfo;
    const { code, stderr } = await start('wait', {
      PRIMORDIA_PROCESSES: '2',
      PRIMORDIA_RANK: '1',
      PRIMORDIA_COORDINATOR: `localhost:${port}`,
    }).ended;
    first.close();
    expect(code).toBe(1);
    expect(stderr).toBe('error: rank 1 of 2 processes has another recipe than rank 0\n');
  });
});
