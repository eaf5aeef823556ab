// A port of this machine that nothing listens at.

import { createServer } from 'node:net';

/** Below the ports that systems give to whoever asks for any: nobody else gets one of these between the look and its use. */
const FIRST = 21_000;
const PORTS_PER_WORKER = 500;
let next = 0;

/** A port that no other worker of these tests, and no later call of this one, is given. */
export async function freePort(): Promise<number> {
  const first = FIRST + PORTS_PER_WORKER * (Number(process.env.VITEST_POOL_ID ?? 0) % 16);
  while (next < PORTS_PER_WORKER) {
    const port = first + next++;
    if (await canListen(port)) return port;
  }
  throw new Error(`something listens at each of ports ${first} to ${first + PORTS_PER_WORKER - 1}`);
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once('error', () => resolve(false))
      .listen(port, () => server.close(() => resolve(true)));
  });
}
