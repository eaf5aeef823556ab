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

export type DebugMarks = {
  /** Takes the comment `;WORD VALUE`. */
  comment(word: string, value: string): void;
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
      const argument = value.trim().toLowerCase();
      if (word === 'debug') {
        isHeeded = argument !== 'off';
        if (isHeeded) isMoveable = argument !== 'static';
      } else if (!isHeeded) return;
      else if (word === 'trace') traces = argument !== 'off';
      else if (word === 'break') breaks = true;
    },
    instruction(index) {
      if (traces || breaks) traced.push(index);
      breaks = false;
    },
    traced,
    isMoveable: () => isMoveable,
  };
}
