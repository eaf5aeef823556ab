// Where the processes of a group wait for one another.

import type { Refusal } from './key-value-store.ts';
import { startTimer } from './start-timer.ts';

type Arrived = {
  resolve(values: readonly string[] | Refusal): void;
  readonly timer: NodeJS.Timeout;
  readonly value: string;
};

/** A place where all processes wait for one another, each with a value that all get to see. */
export class Meetings {
  private readonly size: number;
  private readonly open = new Map<string, Map<number, Arrived>>();

  constructor(size: number) {
    this.size = size;
  }

  /** @returns the values by rank, once all have come */
  meet(
    name: string,
    rank: number,
    value: string,
    timeoutMs: number,
  ): Promise<readonly string[] | Refusal> {
    const here = this.open.get(name) ?? new Map();
    this.open.set(name, here);
    return new Promise((resolve) => {
      const timer = startTimer(timeoutMs, () => {
        resolve({ error: 'absent', came: [...here.keys()].sort((a, b) => a - b) });
      });
      here.set(rank, { resolve, timer, value });
      if (here.size < this.size) return;
      this.open.delete(name);
      const values = Array.from({ length: this.size }, (_, i) => here.get(i)!.value);
      for (const one of here.values()) {
        clearTimeout(one.timer);
        one.resolve(values);
      }
    });
  }
}
