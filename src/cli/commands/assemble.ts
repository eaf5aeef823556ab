// `primordia assemble`: Redcode to the listing that pMARS prints, a load file, or what is wrong with it.

import { closeSync, readSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { UserError } from '../../core/index.ts';
import {
  type AssembleResult,
  assemble,
  type CoreSettings,
  decodeSource,
  formatDiagnostic,
  formatExcerpt,
  formatListing,
  formatLoadFile,
  MAX_SOURCE,
  makeSettings,
  namedSettings,
  type PmarsVersion,
  SETTING_NAMES,
  type SettingName,
} from '../../corewar/index.ts';
import { explainReadError, openRegularFile } from '../../files/read-file.ts';
import { addCommonOptions, type CommonOptions, parsePositiveInteger } from '../common-options.ts';
import { createPmarsOption } from '../core-options.ts';
import { createOutput } from '../output.ts';
import { writeText } from '../write-text.ts';

type Options = CommonOptions & {
  readonly 8?: boolean;
  readonly setting?: SettingName;
  readonly coreSize?: number;
  readonly cycles?: number;
  readonly processes?: number;
  readonly length?: number;
  readonly distance?: number;
  readonly loadFile?: boolean;
  readonly check?: boolean;
  readonly pmars?: PmarsVersion;
};

export function addAssemble(program: Command, exit: (code: number) => void): void {
  const command = program
    .command('assemble')
    .description('assemble Core War warriors as pMARS does; print listings, or what is wrong')
    .argument('<files...>', 'sources in Redcode; - reads standard input')
    .option('-8', "the rules of ICWS'88; --setting 88 has them too")
    .addOption(new Option('--setting <name>', 'a hill').choices(SETTING_NAMES))
    .option('-s, --core-size <n>', 'instructions in the core', parsePositiveInteger)
    .option('-c, --cycles <n>', 'value of MAXCYCLES', parsePositiveInteger)
    .option('-p, --processes <n>', 'value of MAXPROCESSES', parsePositiveInteger)
    .option('-l, --length <n>', 'instructions of a warrior, at most', parsePositiveInteger)
    .option('-d, --distance <n>', 'value of MINDISTANCE', parsePositiveInteger)
    .addOption(createPmarsOption())
    .option(
      '--load-file',
      'print the load file: ORG and PIN, then an instruction per line; END last with -8',
    )
    .option('--check', 'print errors and warnings only')
    .addHelpText(
      'after',
      `
Errors and warnings go to standard error as file:line:column, and the exit code is 1 where there is an error.

Examples:
  primordia assemble imp.red
  primordia assemble --load-file stone.red > stone.ld
  primordia assemble --check --setting 94nop warriors/*.red`,
    );
  addCommonOptions(command).action(async (files: string[], options: Options) => {
    const output = createOutput(options);
    const settings = readSettings(options);
    const rules = options[8] || options.setting === '88' ? '88' : '94';
    let code = 0;
    for (const file of files) {
      let source: Uint8Array;
      try {
        source = file === '-' ? await readStandardInput() : readStart(file);
      } catch (error) {
        const reason = explainReadError(file, error);
        if (!(reason instanceof UserError)) throw error;
        const { message, hint } = reason;
        output.event({ file, error: message });
        writeText(process.stderr, `error: ${message}${hint === undefined ? '' : ` (${hint})`}\n`);
        code = 1;
        continue;
      }
      const name = file === '-' ? '<stdin>' : file;
      const result = assemble(source, {
        settings,
        rules,
        ...(options.pmars && { pmars: options.pmars }),
      });
      if (result.warrior === null) code = 1;
      if (output.mode === 'json') output.event({ file: name, ...toJson(result) });
      else {
        writeText(process.stderr, describeDiagnostics(result, name, source));
        writeText(process.stdout, print(result, settings, rules, options));
      }
    }
    exit(code);
  });
}

/** Labels as an object: own properties, whatever they are called. */
function toJson({ symbols, ...result }: AssembleResult) {
  return { ...result, symbols: { ...symbols, labels: Object.fromEntries(symbols.labels) } };
}

function readSettings(options: Options): CoreSettings {
  const base = options.setting ? namedSettings(options.setting) : makeSettings();
  const { coreSize = base.coreSize, length = base.maxLength } = options;
  if (options.distance !== undefined && options.distance < length) {
    throw new UserError(`a distance of ${options.distance} is less than the length, ${length}`, {
      hint: 'warriors would overlap; raise -d or lower -l',
    });
  }
  return makeSettings({
    coreSize,
    maxLength: length,
    maxCycles: options.cycles ?? base.maxCycles,
    maxProcesses: options.processes ?? base.maxProcesses,
    minSeparation: options.distance ?? Math.max(base.minSeparation, length),
  });
}

function print(
  { warrior, symbols }: AssembleResult,
  settings: CoreSettings,
  rules: '94' | '88',
  { loadFile, check }: Options,
): string {
  if (warrior === null || check) return '';
  return loadFile
    ? formatLoadFile(warrior, settings, rules)
    : formatListing(warrior, settings, rules, symbols.traced);
}

function describeDiagnostics(
  { diagnostics }: AssembleResult,
  file: string,
  source: Uint8Array,
): string {
  if (diagnostics.length === 0) return '';
  const text = source.length > MAX_SOURCE ? '' : decodeSource(source);
  return diagnostics
    .map((diagnostic) => {
      const excerpt = formatExcerpt(diagnostic, text);
      return `${formatDiagnostic(diagnostic, file)}\n${excerpt === null ? '' : `${excerpt}\n`}`;
    })
    .join('');
}

/** The bytes of a file, or enough of them for the assembler to refuse it as too long. */
function readStart(file: string): Uint8Array {
  const buffer = new Uint8Array(MAX_SOURCE + 1);
  const { descriptor } = openRegularFile(file);
  try {
    let length = 0;
    while (length < buffer.length) {
      const count = readSync(descriptor, buffer, length, buffer.length - length, null);
      if (count === 0) break;
      length += count;
    }
    return buffer.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

async function readStandardInput(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_SOURCE) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_SOURCE + 1);
}
