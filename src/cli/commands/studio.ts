// `primordia studio`: runs, studies and races in the browser.

import type { Command } from 'commander';
import { addCommonOptions, type CommonOptions, parsePort } from '../common-options.ts';
import { withInterrupt } from '../interrupt.ts';
import { loadViewedKinds } from '../load-viewed-kinds.ts';
import { createOutput } from '../output.ts';
import { addPluginOption, type PluginOptions } from '../plugin-options.ts';
import { addStudioExport } from './studio-export.ts';

type Options = CommonOptions &
  PluginOptions & { readonly port?: number; readonly readOnly?: boolean };

export function addStudio(program: Command, exit: (code: number) => void): void {
  const command = program
    .command('studio')
    .description('open a page on this machine that shows runs, studies and races as they grow')
    .argument('[dir...]', 'folders with runs in them (default: runs)')
    .option('--port <n>', 'port of 127.0.0.1 (default: one that is free)', parsePort)
    .option('--read-only', 'refuse everything that changes something')
    .addHelpText(
      'after',
      `
The page's address has a token: only who has it may look. Nothing is sent elsewhere. On another machine, a tunnel brings the
page here: ssh -L 8000:localhost:8000 HOST primordia studio runs --port 8000

Examples:
  primordia studio
  primordia studio runs more-runs --port 8000
  primordia studio runs --read-only`,
    );
  addPluginOption(command);
  addCommonOptions(command).action(async (given: string[], options: Options) => {
    const output = createOutput(options);
    const { openStudio } = await import('../../studio/index.ts');
    const folders = given.length > 0 ? given : ['runs'];
    const { port, readOnly = false } = options;
    const studio = await openStudio({
      folders,
      kindsOf: await loadViewedKinds(options.plugin),
      readOnly,
      ...(port === undefined ? {} : { port }),
    });
    output.result({ url: studio.url }, `${studio.url}\nCtrl-C ends the studio.`);
    await withInterrupt(
      () => {},
      (signal) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
    );
    for (const place of await studio.close()) {
      output.say(`${place} was stopped, and can be resumed`);
    }
    exit(0);
  });
  addStudioExport(command, exit);
}
