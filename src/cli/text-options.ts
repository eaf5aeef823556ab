// The options that go with --text.

import type { Command } from 'commander';

export type TextOptions = { readonly textField?: string; readonly textColumn?: string };

/** What --text takes, for its description. */
export const TEXT_SOURCES =
  'files, patterns or folders: plain text, .jsonl, .json, .csv, .tsv, .parquet; compressed (.gz, .zst, .bz2, .xz) or not';

/** How field and column are chosen, in errors of `readCorpus`. */
export const TEXT_SETTINGS = { field: '--text-field NAME', column: '--text-column NAME' };

/** Adds the options that say where in records the text is. */
export function addTextOptions(command: Command): Command {
  return command
    .option('--text-field <name>', 'field of JSON records that holds the text (default: text)')
    .option('--text-column <name>', 'column of tables that holds the texts (default: text)');
}
