// A session of the debugger as a user types it, without files or a terminal.

import { UserError } from '../../src/core/index.ts';
import {
  assemble,
  type BattleJob,
  type CoreSettings,
  createPlainMars,
  createSession,
  makeSettings,
  type SessionEnd,
  seriesSeedOf,
  type WarriorSymbols,
} from '../../src/corewar/index.ts';

export type Typed = {
  /** What was shown, without prompts. */
  readonly text: string;
  readonly end: SessionEnd;
  /** What was written to log files, by name. */
  readonly logs: ReadonlyMap<string, string>;
  /** Requests that were no lines. */
  readonly pauses: number;
};

export type SessionSetup = {
  readonly sources: readonly string[];
  readonly settings?: Partial<CoreSettings>;
  readonly rounds?: number;
  readonly positions?: readonly number[];
  /** Of warrior 2 in round 1, as pMARS's -F; instead of `positions`. */
  readonly position?: number;
  readonly pageLines?: number;
  readonly maxIdleCommands?: number;
  readonly macroFiles?: Readonly<Record<string, string>>;
  /** The pause, from 1, at which Ctrl-C is pressed. */
  readonly interruptAt?: number;
};

/** Runs the lines of `script`, and to the end of the input. */
export function typeSession(script: string, setup: SessionSetup): Typed {
  const settings = makeSettings({ maxCycles: 1000, ...setup.settings });
  const symbols: WarriorSymbols[] = [];
  const warriors = setup.sources.map((source) => {
    const result = assemble(source, { settings });
    if (result.warrior === null) throw new Error(`no warrior: ${source}`);
    symbols.push(result.symbols);
    return result.warrior;
  });
  const positions = setup.positions ?? warriors.map((_, i) => i * 1000);
  const job: BattleJob = {
    settings,
    warriors,
    rounds: setup.rounds ?? 1,
    order: 'rotate',
    placement:
      setup.position === undefined
        ? { kind: 'fixed', positions }
        : { kind: 'series', seed: seriesSeedOf(setup.position, settings) },
  };
  let text = '';
  const logs = new Map<string, string>();
  const { run } = createSession({
    mars: createPlainMars(settings),
    job,
    symbols,
    pageLines: setup.pageLines ?? null,
    ...(setup.maxIdleCommands === undefined ? {} : { maxIdleCommands: setup.maxIdleCommands }),
    host: {
      write: (more) => {
        text += more;
      },
      clearScreen: () => {
        text += '<clear>\n';
      },
      readMacros(file) {
        const macros = setup.macroFiles?.[file];
        if (macros === undefined) throw new UserError(`${file} does not exist`);
        return macros;
      },
      openLog: (file) => ({
        write: (more) => logs.set(file, (logs.get(file) ?? '') + more),
        close: () => {},
      }),
    },
  });
  const lines = script === '' ? [] : script.split('\n');
  let pauses = 0;
  for (let step = run.next(); ; ) {
    if (step.done) return { text, end: step.value, logs, pauses };
    if (step.value.kind === 'line') step = run.next({ line: lines.shift() ?? null });
    else step = run.next({ isInterrupted: ++pauses === setup.interruptAt });
  }
}
