// Labels as addresses: those that were typed while debugging, then those of the warrior that moves, then those of the others.

import type { SessionState } from './state.ts';

/** The address of a label, undefined if there is none; `warrior`, from 0, asks for its own alone. */
export function findLabel(
  { battle, options, definitions }: SessionState,
  name: string,
  warrior?: number,
): number | undefined {
  const { symbols = [] } = options;
  const find = (index: number): number | undefined => {
    const offset = symbols[index]?.labels.get(name);
    if (offset === undefined) return undefined;
    const { coreSize } = battle.job.settings;
    return (((battle.positions()[index]! + offset) % coreSize) + coreSize) % coreSize;
  };
  if (warrior !== undefined) return find(warrior);
  const typed = definitions.labels.get(name);
  if (typed !== undefined) return typed;
  const own = find(battle.turn().warrior);
  if (own !== undefined) return own;
  for (let index = 0; index < symbols.length; index++) {
    const address = find(index);
    if (address !== undefined) return address;
  }
  return undefined;
}

/** Names for suggestions and for completion; those of one letter are variables. */
export function labelNames({ options, definitions }: SessionState): string[] {
  const all = (options.symbols ?? []).flatMap(({ labels }) => [...labels.keys()]);
  return [...new Set([...definitions.labels.keys(), ...all])].filter(({ length }) => length > 1);
}

/** All labels with their addresses, a line per warrior. */
export function describeLabels(state: SessionState): string {
  const { symbols = [] } = state.options;
  const lines = symbols.flatMap(({ labels }, warrior) => {
    const parts = [...labels.keys()].map((name) => {
      const shown = name.length === 1 ? `${warrior + 1}:${name}` : name;
      return `${shown}=${findLabel(state, name, warrior)}`;
    });
    const { name } = state.battle.job.warriors[warrior]!;
    return parts.length === 0
      ? []
      : [`Warrior ${warrior} (PC${warrior + 1}) ${name}: ${parts.join(' ')}`];
  });
  const typed = [...state.definitions.labels].map(([name, address]) => `${name}=${address}`);
  if (typed.length > 0) lines.push(`typed: ${typed.join(' ')}`);
  return `${lines.length === 0 ? 'there are no labels' : lines.join('\n')}\n`;
}
