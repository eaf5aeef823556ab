// Numbers and their units, kept on one line.

import type { Block, ReportPage, Section } from './types.ts';

const NO_BREAK = '\u00a0';
/** A space between a number and its unit, around a plus-minus sign, or between the parts of a duration. */
const JOINTS =
  /(?<=\d) (?=(?:%|s|ms|min|h|nats|bits|px|[kMG]B)(?!\w))|(?<=\d) (?=± \d)|(?<= ±) (?=\d)|(?<=\d[ \u00a0](?:min|h)) (?=\d)/g;

/** `62.5 % in 1 min 30 s` with spaces at which no line breaks. */
export function keepUnits(text: string): string {
  return text.replace(JOINTS, NO_BREAK);
}

/** A page whose texts for reading keep numbers with their units; what is copied or drawn stays as it is. */
export function keepUnitsOfPage(page: ReportPage): ReportPage {
  const { sections, style, script, ...texts } = page;
  return { ...mapTexts(texts), style, script, sections: sections.map(keepUnitsOfSection) };
}

function keepUnitsOfSection({ blocks, ...texts }: Section): Section {
  return { ...mapTexts(texts), blocks: blocks.map(keepUnitsOfBlock) };
}

function keepUnitsOfBlock(block: Block): Block {
  switch (block.kind) {
    case 'details':
    case 'sample':
    case 'markup':
      return block;
    case 'figure': {
      const { caption } = block;
      return caption === undefined ? block : { ...block, caption: keepUnits(caption) };
    }
    case 'multiples': {
      const { charts, ...texts } = block;
      return { ...mapTexts(texts), charts };
    }
    case 'table': {
      const { rows, columns } = block;
      const isCode = columns.map(({ code }) => code === true);
      return {
        ...mapTexts(block),
        rows: rows.map((row) => row.map((cell, c) => (isCode[c] ? cell : mapTexts(cell)))),
      };
    }
    default:
      return mapTexts(block);
  }
}

/** The same data with `keepUnits` of every text in them. */
function mapTexts<T>(value: T): T {
  if (typeof value === 'string') return keepUnits(value) as T;
  if (Array.isArray(value)) return value.map(mapTexts) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, mapTexts(inner)] as const);
  return Object.fromEntries(entries) as T;
}
