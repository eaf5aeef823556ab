// Comments for the debugger: `;debug`, `;trace` and `;break` say where it stops.

/** What the debugger takes from a source, beside the warrior. */
export type WarriorSymbols = {
  /** Labels, each with its offset from the first instruction. */
  readonly labels: ReadonlyMap<string, number>;
  /** Offsets of the instructions that `;trace` and `;break` mark. */
  readonly traced: readonly number[];
  /** False after `;debug static`: MOV.I does not copy the marks of this warrior's core. */
  readonly isMoveable: boolean;
};

export type DebugWord = 'debug' | 'trace' | 'break';

export type DebugMarks = {
  /** Takes the comment `;WORD VALUE`; false where the value has a word that nothing is done with. */
  comment(word: DebugWord, value: string): boolean;
  /** Takes the instruction of this number, from 0. */
  instruction(index: number): void;
  readonly traced: readonly number[];
  readonly isMoveable: () => boolean;
};

export function createDebugMarks(): DebugMarks {
  const traced: number[] = [];
  let isHeeded = true;
  let isMoveable = true;
  let traces = false;
  let breaks = false;
  return {
    comment(word, value) {
      const argument = /\w+|[^\s\w;]/.exec(value.split(';')[0]!)?.[0].toLowerCase() ?? '';
      if (word === 'debug') {
        isHeeded = argument !== 'off';
        if (!isHeeded) return true;
        isMoveable = argument !== 'static';
        return !isMoveable || argument === '';
      }
      if (!isHeeded) return true;
      breaks = word === 'break';
      if (breaks) return argument === '';
      traces = argument !== 'off';
      return !traces || argument === '';
    },
    instruction(index) {
      if (traces || breaks) traced.push(index);
      if (breaks) traces = false;
      breaks = false;
    },
    traced,
    isMoveable: () => isMoveable,
  };
}
