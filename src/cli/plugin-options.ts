// The option of commands that adds kinds from plugins.

import type { Command } from 'commander';

export type PluginOptions = { readonly plugin: readonly string[] };

export function addPluginOption(command: Command): Command {
  return command.option(
    '--plugin <file>',
    'a file or package that adds models, worlds and other kinds; may be repeated',
    (entry: string, before: readonly string[]) => [...before, entry],
    [],
  );
}
