// The studio as a server on this machine.

import { randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createAdaptorServer } from '@hono/node-server';
import { UserError } from '../core/index.ts';
import { REGISTRIES } from '../training/index.ts';
import type { KindsOf } from './answers.ts';
import { createApp } from './create-app.ts';
import { FolderIndex, type FolderIndexOptions } from './folder-index.ts';
import { JobQueue } from './jobs/job-queue.ts';

export type StudioOptions = FolderIndexOptions & {
  /** Folders with runs, studies, races and data sets; what is below them is found. */
  readonly folders: readonly string[];
  /** The kinds that a folder's recipe may name; by default those of the package. */
  readonly kindsOf?: KindsOf;
  /** By default one that is free. */
  readonly port?: number;
  /** The file of the command line that runs are started with; by default the package's. */
  readonly program?: string;
  /** Whether nothing may be changed; by default not. */
  readonly readOnly?: boolean;
};

export type Studio = {
  /** The address of the first page, with the token that it needs. */
  readonly url: string;
  readonly token: string;
  readonly port: number;
  /** Stops what was started from a page, too. @returns the places of what was stopped, and can be resumed */
  close(): Promise<readonly string[]>;
};

const HOST = '127.0.0.1';

/**
 * Serves the studio on 127.0.0.1 until it is closed.
 *
 * @throws UserError for folders that are not there, and a port that is taken or forbidden
 */
export async function openStudio(options: StudioOptions): Promise<Studio> {
  const { folders, kindsOf = () => REGISTRIES, port = 0, readOnly = false, program } = options;
  for (const folder of folders) requireFolder(folder);
  const assets = fileURLToPath(new URL('../../dist/studio', import.meta.url));
  const index = new FolderIndex(folders, options);
  // Whoever opens the page finds the list ready.
  void index.ready();
  const queue = readOnly ? null : new JobQueue(program === undefined ? {} : { program });
  const token = randomBytes(24).toString('base64url');
  const app = createApp({ index, kindsOf, queue, folder: folders[0]!, assets, token, readOnly });
  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(explainListen(error, port)));
    server.listen(port, HOST, resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://${HOST}:${address.port}/?token=${token}`,
    token,
    port: address.port,
    close: async () => {
      const stopped = (await queue?.close()) ?? [];
      index.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      });
      return stopped;
    },
  };
}

function requireFolder(folder: string): void {
  if (existsSync(folder) && statSync(folder).isDirectory()) return;
  throw new UserError(`${folder} is not a folder`, {
    hint: 'primordia studio DIR, where DIR has runs in it, such as runs',
  });
}

const PORT_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken by another program',
  EACCES: 'may not be opened by this user',
};

function explainListen(error: Error, port: number): Error {
  const reason = PORT_ERRORS[Object(error).code];
  if (reason === undefined) return error;
  return new UserError(`port ${port} ${reason}`, {
    hint: 'choose another --port, or none: a free one is found',
  });
}
