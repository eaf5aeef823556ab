// The prompts for language models: Markdown files under prompts/, filled in with the manual and a warrior.

import { readFileSync } from 'node:fs';
import { type CoreSettings, describeRedcode } from '../corewar/index.ts';
import type { Message } from '../llm/index.ts';

export type Prompts = {
  /** Asks for a new warrior. */
  writeNew(): readonly Message[];
  /** Asks for a changed copy of a warrior. */
  mutate(source: string): readonly Message[];
  /** Sends an answer back with the assembler's messages. */
  repair(
    messages: readonly Message[],
    answer: string,
    errors: readonly string[],
  ): readonly Message[];
};

/** The prompts for warriors of a core. The manual is made from the assembler's own tables. */
export function loadPrompts(settings: CoreSettings): Prompts {
  const read = (name: string) =>
    readFileSync(new URL(`../../prompts/redcode-${name}.md`, import.meta.url), 'utf8').trim();
  const { coreSize, maxCycles, maxProcesses, maxLength } = settings;
  const facts = { coreSize, maxCycles, maxProcesses, maxLength };
  const system = fill(read('system'), { ...facts, manual: describeRedcode() });
  const [writeNew, mutate, repair] = [read('new'), read('mutate'), read('repair')];
  const ask = (content: string): readonly Message[] => [
    { role: 'system', content: system },
    { role: 'user', content },
  ];
  return {
    writeNew: () => ask(fill(writeNew, facts)),
    mutate: (source) => ask(fill(mutate, { ...facts, source: source.trim() })),
    repair: (messages, answer, errors) => [
      ...messages,
      { role: 'assistant', content: answer },
      { role: 'user', content: fill(repair, { errors: errors.join('\n') }) },
    ],
  };
}

/** `{{name}}` becomes its value, in one pass: values are never filled in themselves. */
function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{\{(\w+)\}\}/g, (mark, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : mark,
  );
}
