// The commands of the debugger: those of pMARS's cdb, and a few more. Dispatch, help and docs/debugger.md come from this table.

import { nearestName, UserError } from '../../core/index.ts';

type CommandEntry = {
  readonly name: string;
  /** Shorter forms that mean it; any word that begins with three letters of one of them does, as in pMARS. */
  readonly short: readonly string[];
  /** What follows the name. */
  readonly usage: string;
  readonly summary: string;
  readonly group: 'run' | 'look' | 'trace' | 'change' | 'script' | 'other';
  /** `pmars`: a command of pMARS; `added`: one of ours; `refused`: one of pMARS that is answered with a sentence. */
  readonly support: 'pmars' | 'added' | 'refused';
};

const GROUPS: Readonly<Record<CommandEntry['group'], string>> = {
  run: 'Execution',
  look: 'Inspection',
  trace: 'Breakpoints',
  change: 'Changes',
  script: 'Macros and arithmetic',
  other: 'Other',
};

const define = <Name extends string>(
  group: CommandEntry['group'],
  name: Name,
  short: string,
  usage: string,
  summary: string,
  support: CommandEntry['support'] = 'pmars',
) => ({ name, short: short.split(' '), usage, summary, group, support });

export const COMMANDS = [
  define('run', 'step', 's st', '[ADDRESS]', 'execute one instruction'),
  define('run', 'go', 'g', '[ADDRESS]', 'run to a breakpoint, a death, or the end of the round'),
  define('run', 'continue', 'c co', '[ADDRESS]', 'leave the debugger and finish the battle'),
  define('run', 'thread', 'th', '[ADDRESS]', 'execute until this process has its next turn'),
  define('run', 'skip', 'sk', '[N]', 'execute one instruction and N more, silently'),
  define(
    'run',
    'execute',
    'x xe xec ex',
    '[ADDRESS]',
    'replace the queue with one process, and step',
  ),
  define('run', 'restart', 'restart', '', 'restart the round', 'added'),
  define('run', 'quit', 'q qu', '', 'leave; the battle has no result'),
  define('look', 'list', 'l li', '[RANGE]', 'show cells, processes, warriors or P-space'),
  define(
    'look',
    'search',
    'se',
    'PATTERN',
    'show the next line with PATTERN; * and ? are wildcards',
  ),
  define('look', 'registers', 'r re', '', 'show the round, the cycle, queues and P-space'),
  define('look', 'progress', 'p pr', '', 'show the scores so far'),
  define('look', 'labels', 'labels', '', 'show the labels and their addresses', 'added'),
  define('look', 'pqueue', 'pq', '[N|off]', 'apply list, edit, ... to the queue of warrior N'),
  define('look', 'wqueue', 'wq', '[off]', 'apply list, edit, ... to the warriors, counted from 0'),
  define('look', 'pspace', 'ps', '[N|off]', 'apply list, edit, ... to the P-space of warrior N'),
  define(
    'trace',
    'trace',
    't tr',
    '[RANGE] [if EXPR]',
    'set breakpoints; with EXPR, stop only if it is not 0',
  ),
  define('trace', 'break', 'b br', '[RANGE] [if EXPR]', 'same as trace', 'added'),
  define('trace', 'untrace', 'u un', '[RANGE]', 'remove breakpoints'),
  define('trace', 'moveable', 'mo', 'on|off', 'set whether MOV.I copies breakpoints; initially on'),
  define(
    'change',
    'edit',
    'e ed',
    '[RANGE]',
    'type instructions into cells, or numbers into P-space',
  ),
  define('change', 'fill', 'f fi', '[RANGE]', 'type one instruction into a whole range'),
  define('script', 'calc', 'ca', 'EXPR[,EXPR]', 'show values; X=EXPR sets a variable from C to Z'),
  define('script', 'if', 'if', 'EXPR', 'skip the next command or block if EXPR is 0'),
  define(
    'script',
    'macro',
    'm ma',
    '[NAME][,FILE]',
    'run a macro, or list all; FILE "user" reads the keyboard',
  ),
  define('script', 'reset', 'res', '', 'end the running macro or chain of commands'),
  define('script', 'echo', 'ec', 'TEXT', 'show TEXT'),
  define('script', 'remark', 'rem', 'TEXT', 'do nothing'),
  define('other', 'write', 'w wr', '[FILE]', 'append output to FILE; without FILE, stop logging'),
  define('other', 'clear', 'cl cls', '', 'clear the screen'),
  define('other', 'help', 'h he', '[COMMAND]', 'show this help, or the help of one command'),
  define(
    'other',
    'display',
    'd di',
    'clear|on|off|N',
    'there is no core display; see primordia watch',
    'refused',
  ),
  define('other', 'switch', 'sw', '[1|2]', 'there is one panel', 'refused'),
  define('other', 'close', 'clo', '', 'there is one panel', 'refused'),
  define('other', 'shell', 'sh', '[COMMAND]', 'the debugger starts no programs', 'refused'),
] as const satisfies readonly CommandEntry[];

export type CommandName = (typeof COMMANDS)[number]['name'];

/**
 * The command that a word means: a full name, or else one by its first three letters.
 *
 * @throws UserError if it is none
 */
export function findCommand(word: string): CommandName {
  const text = word.toLowerCase();
  const found =
    COMMANDS.find(({ name }) => name === text) ??
    COMMANDS.find((one) => one.support !== 'added' && isMeant(one)) ??
    COMMANDS.find((one) => one.support === 'added' && one.name.startsWith(text) && isMeant(one));
  if (found !== undefined) return found.name;
  const near = nearestName(
    text.slice(0, 40),
    COMMANDS.map(({ name }) => name),
  );
  throw new UserError(`"${word.slice(0, 40)}" is not a command`, {
    hint: near === undefined ? 'help lists the commands' : `did you mean ${near}?`,
  });

  function isMeant({ name, short }: CommandEntry): boolean {
    const start = text.slice(0, 3);
    return (
      short.includes(text) ||
      short.includes(start) ||
      (start.length === 3 && name.startsWith(start))
    );
  }
}

const NOTES = `N, ADDRESS and EXPR are expressions of numbers, . (the address shown last), $ (the last address), A and B (the
fields of the cell shown last), A[EXPR] and B[EXPR] (the fields of another cell), PC, PC1, PC2, ... (next addresses),
CYCLE (cycles left), ROUND, LINES, labels, variables C to Z, and + - * / % ( ) == != < > <= >= && || ! =
RANGE is FROM,TO; one address; or FROM, or ,TO, where . is the other end. Without RANGE, the last range is used again.
+N and -N count from .
~ separates the commands of a chain. @ before a command hides its output from the screen; & also keeps it out of the log
file of write. In a chain, !! ... !N repeats the commands in between N times, and !N alone the commands before it;
without N, forever. An empty line repeats the last line.`;

/** The help text: all commands, or one. */
export function formatHelp(name?: CommandName): string {
  if (name !== undefined) {
    const entry = COMMANDS.find((one) => one.name === name)!;
    return `${formatEntry(entry)}\n`;
  }
  const groups = Object.entries(GROUPS).map(([group, title]) => {
    const entries = COMMANDS.filter((one) => one.group === group && one.support !== 'refused');
    return [`${title}:`, ...entries.map(formatEntry)].join('\n');
  });
  return `${groups.join('\n')}\n\n${NOTES}\n`;
}

function formatEntry({ name, short, usage, summary }: CommandEntry): string {
  const brief = short[0] === name ? '' : ` (${short[0]})`;
  return `  ${`${name}${brief} ${usage}`.padEnd(28)} ${summary}`;
}

/** The sentence for a command of pMARS that is not had. */
export function refusalOf(name: CommandName): string | null {
  const { support, summary } = COMMANDS.find((one) => one.name === name)!;
  return support === 'refused' ? `${name}: ${summary}\n` : null;
}

/** The table of docs/debugger.md. */
export function formatCommandTable(): string {
  const rows = COMMANDS.map(({ name, short, usage, summary, support }) => {
    const kind =
      support === 'pmars' ? 'as in pMARS' : support === 'added' ? 'added here' : 'refused';
    const forms = short.map((one) => `\`${one}\``).join(' ');
    const call = `\`${name}${usage === '' ? '' : ` ${usage}`}\``.replaceAll('|', '\\|');
    return `| ${call} | ${forms} | ${summary} | ${kind} |`;
  });
  return [
    '| command | short | what it does | support |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
