// `primordia studio` as users start and end it; its pages are opened by test/end-to-end/report-pages.test.ts.

import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, test } from 'vitest';
import { runInProcess, startCommand, withFolder } from '../support/command-line.ts';

/** Starts the studio, lets `visit` use its address, and ends it with Ctrl-C. */
async function visitStudio<T>(cwd: string, args: string[], visit: (url: URL) => Promise<T>) {
  let visited: Promise<T> | undefined;
  const ended = await startCommand(['studio', ...args, '--json'], {
    cwd,
    onLine: (line, child) => {
      visited = visit(new URL(JSON.parse(line).url)).finally(() => child.kill('SIGINT'));
    },
  });
  expect(ended.stderr).toBe('');
  return { code: ended.code, found: await visited };
}

/** How two requests end, with the token that an address has and without. */
async function ask(url: URL, place: string, method: string) {
  const headers = { 'x-studio-token': url.searchParams.get('token')! };
  const target = new URL(place, url);
  const [allowed, refused] = await Promise.all([
    fetch(target, { method, headers }),
    fetch(target, { method }),
  ]);
  return [allowed.status, refused.status];
}

test('serves its pages until Ctrl-C, and data to whom has the token', async () => {
  await withFolder(async (folder) => {
    mkdirSync(path.join(folder, 'runs'));
    const visit = async (url: URL) => {
      const page = await fetch(url);
      const script = /src="\.\/(studio-[^"]+\.js)"/.exec(await page.text())![1]!;
      return {
        page: page.status,
        script: (await fetch(new URL(script, url))).headers.get('content-type'),
        data: await ask(url, 'api/run?id=none', 'GET'),
        change: await ask(url, 'api/jobs/stop', 'POST'),
      };
    };
    const open = await visitStudio(folder, [], visit);
    expect(open).toEqual({
      code: 0,
      found: {
        page: 200,
        script: expect.stringContaining('javascript'),
        data: [404, 401],
        // Allowed, but not JSON.
        change: [415, 401],
      },
    });
    const { found } = await visitStudio(folder, ['runs', '--read-only'], visit);
    expect(found).toMatchObject({ data: [404, 401], change: [405, 401] });
  });
});

test('says which folder is not there, and which port cannot be had', async () => {
  await withFolder(async (folder) => {
    const run = (...args: string[]) => runInProcess(['studio', ...args], { cwd: folder });
    expect(await run()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('runs is not a folder'),
    });
    expect(await run('.', '--port', '65536')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('a number from 0 to 65535'),
    });
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = other.address() as AddressInfo;
      expect(await run('.', '--port', String(port))).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`port ${port} is taken by another program`),
      });
    } finally {
      other.close();
    }
  });
});
