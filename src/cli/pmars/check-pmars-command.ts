// Checks a command line of pMARS for contradictions.

import { plural, UserError } from '../../core/index.ts';
import { positionNumber } from '../../corewar/position-number.ts';
import { DEFAULT_FORMULA, parseScoreFormula } from '../../corewar/scoring.ts';
import type { PmarsCommand } from './parse-pmars-arguments.ts';

const LARGEST_POSITION = 2 ** 30;

/** All problems of a parsed command line, one sentence each, in pMARS's order. */
export function checkPmarsCommand(command: PmarsCommand): string[] {
  const { version, files, switches, numbers, texts } = command;
  const problems: string[] = [];
  const coreSize = numbers.get('s') ?? 8000;
  const length = numbers.get('l') ?? 100;
  const distance = numbers.get('d') ?? length;
  const position = texts.get('F');
  const isNumber = position !== undefined && /^\d*$/.test(position);
  if (position !== undefined && version === '0.9.2') {
    if (!isNumber) problems.push(`-F needs a whole number, not "${position}"`);
    else if (Number(position) > LARGEST_POSITION) {
      problems.push(`-F takes numbers from 0 to ${LARGEST_POSITION}`);
    }
  }
  if (switches.has('f') && position !== undefined) problems.push('-f and -F exclude each other');
  if (distance < length) {
    problems.push(`the distance (-d ${distance}) is smaller than the length (-l ${length})`);
  }
  if (coreSize < files.length * distance) {
    const needed = `${plural(files.length, 'warrior')}, ${distance} apart`;
    problems.push(`a core of ${coreSize} cells (-s) is too small for ${needed}`);
  }
  if (isNumber && positionNumber(position) < distance) {
    problems.push(`the position of warrior 2 (-F) is smaller than the distance (-d ${distance})`);
  }
  const formula = findFormulaProblem(texts.get('='), files.length);
  if (formula !== null) problems.push(formula);
  const pspace = numbers.get('S');
  if (pspace !== undefined && pspace > coreSize) {
    problems.push(`P-space (-S ${pspace}) is larger than the core (-s ${coreSize})`);
  }
  if (switches.has('P') && files.length !== 2) problems.push('-P needs two warriors');
  for (const letter of ['R', 'W'] as const) {
    const limit = numbers.get(letter);
    if (limit !== undefined && coreSize % limit !== 0) {
      problems.push(`the limit of -${letter}, ${limit}, does not divide the core (-s ${coreSize})`);
    }
  }
  if (files.length === 0) problems.push('no warriors were named, as in: pmars A.red B.red');
  return problems;
}

function findFormulaProblem(text = DEFAULT_FORMULA, warriors: number): string | null {
  try {
    const formula = parseScoreFormula(text);
    for (let survivors = 1; survivors <= warriors; survivors++) formula(warriors, survivors);
    return null;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}
