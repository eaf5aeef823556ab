// A chain of commands: links parted by `~`, with loops, and macros put in where they are called.

import { UserError } from '../../core/index.ts';

export type Chain = {
  /**
   * The next link; null at the end. `count` gives the value of the expression after `!`. What a failed `if` has set is
   * seen to here.
   *
   * @throws UserError if loops are malformed
   */
  next(count: (expression: string) => number): string | null;
  /** Puts the links of a macro where its call was. */
  insert(definition: string): void;
  /** A failed `if`: the next link, or block, is passed over. */
  skip(): void;
  /** Whether that is still to be done. */
  readonly isSkipping: () => boolean;
};

type Loop = { start: number; left: number | null };

const MAX_LINKS = 20_000;
const MAX_NESTING = 120;

/** `skips` tells that a failed `if` ended the chain before. */
export function createChain(line: string, skips = false): Chain {
  const links = line.split('~');
  let at = 0;
  let last = '';
  let isSkipping = skips;
  /** Of the chain itself, and of the blocks that are open. */
  const loops: Loop[] = [{ start: 0, left: null }];

  function next(count: (expression: string) => number): string | null {
    while (at < links.length) {
      const index = at++;
      const link = links[index]!;
      const text = link.trim();
      if (text.startsWith('!!')) {
        if (isSkipping) skipBlock();
        else if (loops.length > MAX_NESTING) throw new UserError('loops are nested too deeply');
        else loops.push({ start: at, left: null });
        isSkipping = false;
      } else if (text.startsWith('!') && index > 0) {
        endLoop(text.slice(1).trim(), count);
      } else if (isSkipping) {
        isSkipping = false;
      } else {
        // A link without anything in it, not even a space, repeats the one before; an empty line is not a chain.
        last = link === '' && index > 0 ? last : link;
        return last;
      }
    }
    return null;
  }

  function endLoop(expression: string, count: (expression: string) => number): void {
    const loop = loops.at(-1)!;
    if (isSkipping) loop.left = 1;
    isSkipping = false;
    loop.left ??= expression === '' ? Number.POSITIVE_INFINITY : count(expression);
    loop.left--;
    if (loop.left > 0) {
      at = loop.start;
      return;
    }
    if (loops.length > 1) loops.pop();
    else {
      loop.left = null;
      loop.start = at;
    }
  }

  function skipBlock(): void {
    for (let depth = 1; depth > 0 && at < links.length; at++) {
      const text = links[at]!.trim();
      if (text.startsWith('!!')) depth++;
      else if (text.startsWith('!')) depth--;
    }
  }

  return {
    next,
    insert(definition) {
      const inserted = definition.split('~');
      if (links.length + inserted.length > MAX_LINKS) {
        throw new UserError(`macros make more than ${MAX_LINKS} commands of this line`, {
          hint: 'a macro that calls itself never ends, unless that is its last command',
        });
      }
      links.splice(at - 1, 1, ...inserted);
      at--;
    },
    skip: () => {
      isSkipping = true;
    },
    isSkipping: () => isSkipping,
  };
}
