// What each token of a sequence stands for, in a sign and a sentence.

import { dyckDepths, type FrameGeometry, traceDfa } from '../../../src/worlds/index.ts';
import type { WorldDrawing } from './draw-world.ts';

export type TokenSense = {
  /** What is written for it, short. */
  readonly sign: string;
  /** What it stands for. */
  readonly sense: string;
  /** Tokens of one tone look alike. */
  readonly tone: 'plain' | 'marker' | 'answer' | 'blank';
};

/** What tokens stand for in their sequence. */
export type TokenReader = (t: number) => TokenSense;

type Explained = Pick<
  WorldDrawing,
  'kind' | 'options' | 'frame' | 'frameLength' | 'tokens' | 'rule'
>;

/** A reader of the tokens of a drawing. */
export function createTokenReader(drawing: Explained): TokenReader {
  const { kind, tokens } = drawing;
  if (drawing.frame) return (t) => explainPatch(drawing.frame!, drawing.frameLength, tokens, t);
  const explain = EXPLAIN[kind]?.(drawing);
  return (t) => explain?.(tokens[t]!, t) ?? plain(`${tokens[t]}`, `token ${tokens[t]}`);
}

/** Where a token stands in the frames: its frame and, of a patch, its row and column of patches. */
export function placeOfToken(
  { height, width, patch }: Pick<FrameGeometry, 'height' | 'width' | 'patch'>,
  frameLength: number,
  t: number,
): { readonly frame: number; readonly row: number; readonly column: number } | null {
  const place = (t % frameLength) - 1;
  const columns = width / patch.width;
  if (place < 0 || place >= columns * (height / patch.height)) return null;
  return {
    frame: Math.floor(t / frameLength),
    row: Math.floor(place / columns),
    column: place % columns,
  };
}

function explainPatch(
  frame: FrameGeometry,
  frameLength: number,
  tokens: ArrayLike<number>,
  t: number,
): TokenSense {
  const { patch, colors, delimiters } = frame;
  const token = tokens[t]!;
  const number = Math.floor(t / frameLength) + 1;
  if (token === delimiters.start) return marker('⟨', `${token}: frame ${number} begins`);
  if (token === delimiters.end) return marker('⟩', `${token}: frame ${number} ends`);
  const place = placeOfToken(frame, frameLength, t);
  const states: number[] = [];
  let rest = token;
  for (let k = 0; k < patch.height * patch.width; k++) {
    states.push(rest % colors);
    rest = Math.floor(rest / colors);
  }
  const terms = states.map((state, k) => (k === 0 ? `${state}` : `${state}·${colors ** k}`));
  const rows = Array.from({ length: patch.height }, (_, y) =>
    states.slice(y * patch.width, (y + 1) * patch.width).join(' '),
  );
  const where = place
    ? `frame ${number}, ${frame.height === patch.height ? '' : `patch row ${place.row + 1}, `}column ${place.column + 1}`
    : `frame ${number}`;
  return plain(
    `${token}`,
    `${where}: cells ${rows.join(' / ')}; ${terms.length > 8 ? `${terms.slice(0, 8).join(' + ')} + …` : terms.join(' + ')} = ${token}`,
  );
}

/** A to Z, then numbers. */
export function nameSymbol(index: number): string {
  return index < 26 ? String.fromCharCode(65 + index) : `s${index}`;
}

const plain = (sign: string, sense: string): TokenSense => ({ sign, sense, tone: 'plain' });
const marker = (sign: string, sense: string): TokenSense => ({ sign, sense, tone: 'marker' });
const answer = (sign: string, sense: string): TokenSense => ({ sign, sense, tone: 'answer' });
const blank = (sign: string, sense: string): TokenSense => ({ sign, sense, tone: 'blank' });

type Explain = (drawing: Explained) => (token: number, t: number) => TokenSense;

const size = ({ options }: Explained, name: string) => Number(options[name]);

const EXPLAIN: Readonly<Record<string, Explain>> = {
  dyck(drawing) {
    const types = size(drawing, 'types');
    const depths = dyckDepths(types, drawing.tokens);
    return (token, t) =>
      token < types
        ? plain(`${token}(`, `opens a bracket of type ${token}; depth ${depths[t]}`)
        : answer(
            `)${token - types}`,
            `closes a bracket of type ${token - types}; depth ${depths[t]}`,
          );
  },
  dfa(drawing) {
    const symbols = size(drawing, 'symbols');
    const edges = drawing.rule?.kind === 'dfa' ? drawing.rule.edges : [];
    const states = traceDfa({ edges }, drawing.tokens, symbols);
    return (token, t) => {
      const state = states[t];
      if (token === symbols) return marker('|', `a string ends in state ${state}`);
      const next = edges[state ?? 0]?.find(({ symbol }) => symbol === token)?.next;
      return plain(
        nameSymbol(token),
        `symbol ${nameSymbol(token)}: from state ${state} to state ${next}`,
      );
    };
  },
  copy(drawing) {
    const symbols = size(drawing, 'symbols');
    const half = (drawing.tokens.length - 1) / 2;
    return (token, t) => {
      if (token === symbols) return marker('|', 'the string ends; now it is to be said backwards');
      const name = nameSymbol(token);
      return t < half
        ? plain(name, `symbol ${name}, number ${t + 1} of the string`)
        : answer(name, `symbol ${name}, number ${2 * half - t + 1} of the string`);
    };
  },
  stack(drawing) {
    const symbols = size(drawing, 'symbols');
    return (token) => {
      if (token < symbols) return plain(nameSymbol(token), `push ${nameSymbol(token)}`);
      if (token === symbols) return marker('pop', 'pop: what comes off is to be named');
      const name = nameSymbol(token - symbols - 1);
      return answer(name, `${name} came off the stack`);
    };
  },
  recall(drawing) {
    const [keys, values] = [size(drawing, 'keys'), size(drawing, 'values')];
    const last = drawing.tokens.length - 1;
    return (token, t) => {
      if (token < keys) return plain(`k${token}`, `key ${token}`);
      if (token === keys + values) return marker('?', 'the value of the next key is asked for');
      const value = token - keys;
      return t === last
        ? answer(`v${value}`, `value ${value}, which stood behind that key`)
        : plain(`v${value}`, `value ${value} of the key before it`);
    };
  },
  retrieval(drawing) {
    const symbols = size(drawing, 'symbols');
    const last = drawing.tokens.length - 1;
    return (token, t) => {
      if (token === symbols) return marker('▸', 'a marker: the next symbol is to be remembered');
      if (token === symbols + 1) return marker('?', 'the marked symbol is asked for');
      const name = nameSymbol(token);
      return t === last
        ? answer(name, `${name} is the marked symbol`)
        : plain(name, `symbol ${name}`);
    };
  },
  'selective-copy'(drawing) {
    const symbols = size(drawing, 'symbols');
    const end = drawing.tokens.length - size(drawing, 'items') - 1;
    return (token, t) => {
      if (token === symbols) return blank('·', 'a blank');
      if (token === symbols + 1) return marker('|', 'now the symbols are to be named in order');
      const name = nameSymbol(token);
      return t > end
        ? answer(name, `${name}, symbol ${t - end} among the blanks`)
        : plain(name, `symbol ${name}, to be remembered`);
    };
  },
  modular(drawing) {
    const modulus = size(drawing, 'modulus');
    return (token, t) => {
      const point = Math.floor(t / 2) + 1;
      return token < modulus
        ? plain(`x ${token}`, `point ${point}: x = ${token}`)
        : answer(`y ${token - modulus}`, `point ${point}: y = ${token - modulus}`);
    };
  },
  parity() {
    return (token) => {
      if (token < 2) return plain(`${token}`, `bit ${token}`);
      if (token === 2) return marker('?', 'is the number of ones odd?');
      return token === 3
        ? answer('even', 'the number of ones is even')
        : answer('odd', 'the number of ones is odd');
    };
  },
};
