// `primordia studio export`: the studio as static files.

import type { Command } from 'commander';
import { plural } from '../../core/index.ts';
import { addCommonOptions, type CommonOptions } from '../common-options.ts';
import { loadViewedKinds } from '../load-viewed-kinds.ts';
import { createOutput } from '../output.ts';
import { addPluginOption, type PluginOptions } from '../plugin-options.ts';

type Options = CommonOptions & PluginOptions & { readonly out: string };

export function addStudioExport(studio: Command, exit: (code: number) => void): void {
  const command = studio
    .command('export')
    .description('write the same pages as static files, for any web host')
    .argument('<dir...>', 'folders with runs in them')
    .requiredOption('--out <dir>', 'folder to write: new, empty, or an earlier export')
    .addHelpText(
      'after',
      `
The files have what the folders say, commands and names of machines among it. Any web host serves them; to look at them here:
python3 -m http.server --directory site

Examples:
  primordia studio export runs --out site`,
    );
  addPluginOption(command);
  addCommonOptions(command).action(async (folders: string[], options: Options) => {
    const output = createOutput(options);
    const { exportSite } = await import('../../studio/index.ts');
    const kindsOf = await loadViewedKinds(options.plugin);
    const { out } = options;
    const done = await exportSite({ folders, out, kindsOf });
    const megabytes = (done.bytes / 1e6).toFixed(1);
    output.result({ out, ...done }, `${out}: ${plural(done.runs, 'run')}, ${megabytes} MB`);
    exit(0);
  });
}
