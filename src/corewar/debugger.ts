// A debugger for a round: one command a line in, text out. Pure but for the MARS that it drives.

import { nearestName, UserError } from '../core/index.ts';
import { formatInstruction } from './format-instruction.ts';
import { MODES, MODIFIERS, OPCODES, packCode, unpackCode } from './instruction.ts';
import type { Mars, RoundSetup } from './mars/mars.ts';
import type { Warrior } from './warrior.ts';

export type Debugger = {
  /** What to print for a command; `done` when the session is to end. Wrong commands are explained, never thrown. */
  execute(line: string): { readonly text: string; readonly done: boolean };
};

const HELP = `step [N]            execute N instructions (1), and show the next one
go [N]              play on to a breakpoint or the end, N cycles at most; also: continue
break ADDRESS       stop before the instruction at ADDRESS; without it, list the breakpoints
clear [ADDRESS]     forget a breakpoint, or all
list [FROM [TO]]    instructions of the core; 10 from the next one without addresses
registers           cycle, turn, processes and next address of each warrior
queue [WARRIOR]     addresses that a warrior's processes run next (the one whose turn it is)
pspace [WARRIOR]    cells of its P-space that are not 0
edit ADDRESS INSTR  write an instruction, as in: edit .+1 MOV.I $0, $1
restart             begin the round again
help, quit          commands may be shortened to where they are unique
ADDRESS is a number, . for the next instruction, .+N or +N after it, .-N or -N before it; an empty line steps.`;

const COMMANDS = [
  'step',
  'go',
  'continue',
  'break',
  'clear',
  'list',
  'registers',
  'queue',
  'pspace',
  'edit',
  'restart',
  'help',
  'quit',
  'exit',
] as const;
type CommandName = (typeof COMMANDS)[number];

/** Lines that a listing prints at most. */
const MAX_LISTED = 500;

/** Begins a round of `warriors` and debugs it. */
export function createDebugger(
  mars: Mars,
  warriors: readonly Warrior[],
  setup: RoundSetup,
): Debugger {
  const { coreSize } = mars.settings;
  const breakpoints = new Set<number>();
  let isOver = false;
  /** Whose turn it is; when the round is over, whose it was at last. */
  let turn = { warrior: 0, cycle: 0 };
  const restart = () => {
    mars.load(warriors);
    mars.begin(setup);
    isOver = false;
    turn = mars.turn();
  };
  restart();

  const nextAddress = (): number => mars.readQueue(turn.warrior)[0] ?? 0;
  const advance = (count: number) => {
    isOver = isOver || !mars.step(count);
    if (!isOver) turn = mars.turn();
  };
  const label = (warrior: number) => `${warrior + 1} ${warriors[warrior]!.name}`;

  const describeCell = (address: number, core = mars.readCore()) => {
    const instruction = unpackCode(core.code[address]!, core.a[address]!, core.b[address]!);
    const mark = !isOver && address === nextAddress() ? '>' : ' ';
    const stop = breakpoints.has(address) ? '*' : ' ';
    return `${mark}${stop}${String(address).padStart(5)}  ${formatInstruction(instruction, coreSize)}`;
  };
  const describeNext = () => {
    if (isOver) return describeEnd();
    const { warrior, cycle } = turn;
    return `cycle ${cycle}, ${label(warrior)}\n${describeCell(nextAddress())}`;
  };
  const describeEnd = () => {
    const { alive, cycles } = mars.result();
    const names = warriors.flatMap(({ name }, i) => (alive[i] ? [name] : []));
    return `the round is over after ${cycles} cycles: ${names.length === 0 ? 'nobody' : names.join(', ')} alive`;
  };

  const parseAddress = (text: string): number => {
    const match = /^(\.?)([+-]?\d{1,9})?$/.exec(text);
    if (!match || text === '') throw new UserError(`"${text}" is not an address`);
    const [, dot, number = '0'] = match;
    if (dot && number !== '0' && !/^[+-]/.test(number))
      throw new UserError(`"${text}" is not an address`);
    const base = dot || /^[+-]/.test(number) ? nextAddress() : 0;
    return (((base + Number(number)) % coreSize) + coreSize) % coreSize;
  };
  const parseCount = (text: string | undefined, otherwise: number): number => {
    if (text === undefined) return otherwise;
    if (!/^\d{1,9}$/.test(text)) throw new UserError(`"${text}" is not a count`);
    return Number(text);
  };
  const parseWarrior = (text: string | undefined): number => {
    if (text === undefined) return turn.warrior;
    const number = parseCount(text, 0);
    if (number < 1 || number > warriors.length) {
      throw new UserError(`there is no warrior ${text}; they count from 1 to ${warriors.length}`);
    }
    return number - 1;
  };

  const go = (cycles: number) => {
    const until = turn.cycle + cycles;
    if (breakpoints.size === 0 && cycles === Number.POSITIVE_INFINITY) {
      while (!isOver) advance(1_000_000);
      return describeEnd();
    }
    // At least one instruction: one that stands on a breakpoint goes on.
    do advance(1);
    while (!isOver && !breakpoints.has(nextAddress()) && turn.cycle < until);
    return describeNext();
  };
  const list = (fromText: string | undefined, toText: string | undefined) => {
    const from = fromText === undefined ? nextAddress() : parseAddress(fromText);
    const to = toText === undefined ? (from + 9) % coreSize : parseAddress(toText);
    const count = Math.min(MAX_LISTED, ((to - from + coreSize) % coreSize) + 1);
    const core = mars.readCore();
    return Array.from({ length: count }, (_, i) => describeCell((from + i) % coreSize, core)).join(
      '\n',
    );
  };
  const registers = () => {
    const { warrior, cycle } = turn;
    const rows = warriors.map((_, i) => {
      const queue = mars.readQueue(i);
      const next = queue.length === 0 ? 'dead' : `next ${queue[0]}`;
      return `${label(i)}: ${queue.length} processes, ${next}`;
    });
    const head = isOver ? describeEnd() : `cycle ${cycle}, turn of ${label(warrior)}`;
    return [head, ...rows].join('\n');
  };
  const pspace = (warrior: number) => {
    const cells = [...mars.readPspace(warrior)].flatMap((value, i) =>
      value === 0 ? [] : [`${i}: ${value}`],
    );
    return `P-space of ${label(warrior)}: ${cells.length === 0 ? 'all 0' : cells.join(', ')}`;
  };
  const edit = (address: number, text: string) => {
    const { code, a, b } = parseInstruction(text, coreSize);
    mars.writeCell(address, code, a, b);
    return describeCell(address);
  };

  const run = (name: CommandName, words: readonly string[]): string => {
    switch (name) {
      case 'step':
        advance(parseCount(words[0], 1));
        return describeNext();
      case 'go':
      case 'continue':
        return isOver ? describeEnd() : go(parseCount(words[0], Number.POSITIVE_INFINITY));
      case 'break':
        if (words[0] !== undefined) breakpoints.add(parseAddress(words[0]));
        return breakpoints.size === 0
          ? 'no breakpoints'
          : `breakpoints: ${[...breakpoints].sort((x, y) => x - y).join(' ')}`;
      case 'clear':
        if (words[0] === undefined) breakpoints.clear();
        else if (!breakpoints.delete(parseAddress(words[0]))) {
          throw new UserError(`no breakpoint at ${words[0]}`);
        }
        return `${breakpoints.size} breakpoints left`;
      case 'list':
        return list(words[0], words[1]);
      case 'registers':
        return registers();
      case 'queue': {
        const warrior = parseWarrior(words[0]);
        return `${label(warrior)}: ${[...mars.readQueue(warrior)].join(' ') || 'dead'}`;
      }
      case 'pspace':
        return pspace(parseWarrior(words[0]));
      case 'edit':
        return edit(parseAddress(words[0] ?? ''), words.slice(1).join(' '));
      case 'restart':
        restart();
        return describeNext();
      case 'help':
        return HELP;
      case 'quit':
      case 'exit':
        return '';
    }
  };
  const execute = (line: string) => {
    const [first = 'step', ...words] = line.trim().split(/\s+/).filter(Boolean);
    try {
      const name = findCommand(first);
      return { text: run(name, words), done: name === 'quit' || name === 'exit' };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const hint = error.hint ? ` (${error.hint})` : '';
      return { text: `error: ${error.message}${hint}`, done: false };
    }
  };
  return { execute };
}

/** Abbreviations that are not unique mean the command that comes first. */
function findCommand(text: string): CommandName {
  const found = COMMANDS.find((name) => name.startsWith(text.toLowerCase()));
  if (found) return found;
  const near = nearestName(text, COMMANDS);
  throw new UserError(`"${text.slice(0, 40)}" is not a command`, {
    hint: near ? `did you mean ${near}?` : 'help lists them',
  });
}

/** An instruction as a load file writes it. */
function parseInstruction(text: string, coreSize: number) {
  const pattern =
    /^([a-z]{3})\.([a-z]{1,2})\s+([#$@<>*{}])\s*([+-]?\d{1,9})\s*,\s*([#$@<>*{}])\s*([+-]?\d{1,9})$/i;
  const [, op = '', mod = '', aMode, a, bMode, b] = pattern.exec(text.trim()) ?? [];
  const opcode = OPCODES.find((name) => name === op.toUpperCase());
  const modifier = MODIFIERS.find((name) => name === mod.toUpperCase());
  if (!opcode || !modifier) {
    throw new UserError(`"${text.slice(0, 60)}" is not an instruction`, {
      hint: 'write it in full, as in MOV.I $0, $1',
    });
  }
  const reduce = (field: string) => ((Number(field) % coreSize) + coreSize) % coreSize;
  const modeOf = (mode: string) => MODES.find((name) => name === mode)!;
  const code = packCode({ opcode, modifier, aMode: modeOf(aMode!), bMode: modeOf(bMode!) });
  return { code, a: reduce(a!), b: reduce(b!) };
}
