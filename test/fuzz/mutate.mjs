// Mutators of files: bytes, text, and the structure of JSON. All of them are functions of a random source alone.

import { foldIn, keyFromSeed, randomInt } from '../../dist/core/index.js';

/** Files grow by no more than this. */
const MAX_GROWTH = 2 ** 20;

/** Random numbers that follow from a seed and names. */
export function createRandom(seed, ...names) {
  const key = names.reduce((inner, name) => foldIn(inner, name), keyFromSeed(seed));
  let drawn = 0;
  const below = (count) => randomInt(foldIn(key, drawn++), count);
  return { below, pick: (list) => list[below(list.length)] };
}

const NUMBERS = [
  ...[0, -1, 1, 0.5, -0.5, 1e-300, 255, 256, 65_535, 65_536, 1e6, 1e8, 1e9, 1e10, 1e12, 1e15],
  ...[2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40, 2 ** 53 - 1, 2 ** 53, 1e308],
];

/** Numbers as text, some of which JSON does not know. */
const NUMBER_TEXTS = [...NUMBERS.map(String), '1e999', '-1e999', 'NaN', '1'.repeat(400), '00'];

const STRINGS = [
  '',
  ' ',
  '\0',
  '\n',
  '../../x',
  '__proto__',
  'constructor',
  '\ud800',
  '（',
  '%s',
  '(a+)+$',
  '*',
];

const deepList = (depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const deepObject = (depth) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

// --- bytes

const BYTE_MUTATORS = [
  function flipBits(bytes, random) {
    const out = Buffer.from(bytes);
    for (let i = random.below(4); i >= 0; i--) {
      const at = random.below(8 * out.length);
      out[at >> 3] ^= 1 << (at & 7);
    }
    return out;
  },
  function setBytes(bytes, random) {
    const out = Buffer.from(bytes);
    for (let i = random.below(8); i >= 0; i--) out[random.below(out.length)] = random.below(256);
    return out;
  },
  function truncate(bytes, random) {
    return bytes.subarray(0, random.below(bytes.length));
  },
  function removeChunk(bytes, random) {
    const [begin, end] = chooseRange(bytes, random);
    return Buffer.concat([bytes.subarray(0, begin), bytes.subarray(end)]);
  },
  function duplicateChunk(bytes, random) {
    const [begin, end] = chooseRange(bytes, random);
    const chunk = bytes.subarray(begin, end);
    const times = Math.min(1 + random.below(4), Math.floor(MAX_GROWTH / Math.max(1, chunk.length)));
    const copies = Array.from({ length: times }, () => chunk);
    return Buffer.concat([bytes.subarray(0, end), ...copies, bytes.subarray(end)]);
  },
  function clearChunk(bytes, random) {
    const [begin, end] = chooseRange(bytes, random);
    return Buffer.from(bytes).fill(random.pick([0, 255]), begin, end);
  },
  function insertBytes(bytes, random) {
    const at = random.below(bytes.length + 1);
    const added = Buffer.from(
      Array.from({ length: 1 + random.below(64) }, () => random.below(256)),
    );
    return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at)]);
  },
  function inflateInteger(bytes, random) {
    const out = Buffer.from(bytes);
    if (out.length < 8) return out;
    // Numbers in headers are aligned, and near the beginning or the end.
    const near = Math.min(out.length - 8, 128);
    const at = random.pick([random.below(near + 1), out.length - 8 - random.below(near + 1)]);
    const value = BigInt(Math.trunc(random.pick(NUMBERS.filter((x) => Math.abs(x) < 2 ** 60))));
    const bits = random.pick([16, 32, 64]);
    const field = Buffer.alloc(8);
    if (random.below(2) === 0) field.writeBigInt64LE(BigInt.asIntN(64, value));
    else field.writeBigInt64BE(BigInt.asIntN(64, value << BigInt(64 - bits)));
    field.copy(out, at, 0, bits / 8);
    return out;
  },
  function empty() {
    return Buffer.alloc(0);
  },
];

function chooseRange(bytes, random) {
  const begin = random.below(bytes.length);
  const longest = Math.min(bytes.length - begin, 1 + random.below(random.pick([4, 64, 4096])));
  return [begin, begin + Math.max(1, longest)];
}

// --- text

const TEXT_MUTATORS = [
  function inflateNumber(text, random) {
    const found = [...text.matchAll(/-?\d+(?:\.\d+)?(?:e[-+]?\d+)?/gi)];
    if (found.length === 0) return `${text}${random.pick(NUMBER_TEXTS)}`;
    const { index, 0: number } = random.pick(found);
    return text.slice(0, index) + random.pick(NUMBER_TEXTS) + text.slice(index + number.length);
  },
  function swapWord(text, random) {
    const words = [...text.matchAll(/[\w.-]+/g)];
    if (words.length < 2) return text;
    const { index, 0: word } = random.pick(words);
    return text.slice(0, index) + random.pick(words)[0] + text.slice(index + word.length);
  },
  function repeatLine(text, random) {
    const lines = text.split('\n');
    const at = random.below(lines.length);
    const times = Math.min(
      random.pick([1, 10, 1000, 100_000]),
      Math.floor(MAX_GROWTH / (lines[at].length + 1)),
    );
    return [...lines.slice(0, at), ...new Array(times).fill(lines[at]), ...lines.slice(at)].join(
      '\n',
    );
  },
  function insertText(text, random) {
    const at = random.below(text.length + 1);
    const added = random.pick([
      ...STRINGS,
      ...['"', '{', '}', '[', ']', ',', ':', '\\', '\r', '\u2028', '\ufeff'],
      'x'.repeat(1e5),
      '('.repeat(1e5),
      deepList(1e5),
    ]);
    return text.slice(0, at) + added + text.slice(at);
  },
];

// --- JSON

/** Values of every type, the hostile ones among them. */
function chooseValue(random) {
  return random.pick([
    () => null,
    () => random.pick([true, false]),
    () => random.pick(NUMBERS),
    () => random.pick(NUMBERS),
    () => random.pick(STRINGS),
    () => 'x'.repeat(random.pick([100, 1e4, 1e6])),
    () => [],
    () => ({}),
    () => new Array(random.pick([10, 1e5])).fill(random.pick([0, null, ''])),
    () => JSON.parse(deepList(random.pick([50, 99, 101, 5000]))),
    () => JSON.parse(deepObject(random.pick([50, 99, 101, 5000]))),
    () => JSON.parse('{"__proto__":{"kind":"x"},"constructor":1}'),
  ])();
}

/** Every place in a value: its holder and its key. */
function listPlaces(value) {
  const places = [];
  const visit = (holder) => {
    for (const key of Object.keys(holder)) {
      places.push({ holder, key });
      if (typeof holder[key] === 'object' && holder[key] !== null) visit(holder[key]);
    }
  };
  if (typeof value === 'object' && value !== null) visit(value);
  return places;
}

const JSON_MUTATORS = [
  function replace({ holder, key }, random) {
    holder[key] = chooseValue(random);
  },
  function remove({ holder, key }) {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
  },
  function inflate({ holder, key }, random) {
    const old = holder[key];
    if (typeof old === 'number')
      holder[key] = random.pick([...NUMBERS, old * 1e6, -old, old + 0.5]);
    else if (typeof old === 'string')
      holder[key] = old.repeat(Math.min(1000, 1e6 / (old.length + 1)));
    else holder[key] = [old, old];
  },
  function rename({ holder, key }, random) {
    if (Array.isArray(holder)) return;
    const value = holder[key];
    delete holder[key];
    holder[random.pick([`${key}s`, '', 'constructor', 'x'.repeat(1e5), key.toUpperCase()])] = value;
  },
  function copyOver({ holder, key }, random, places) {
    const other = random.pick(places);
    holder[key] = structuredClone(other.holder[other.key]);
  },
  function repeat({ holder, key }, random) {
    if (Array.isArray(holder)) {
      const times = Math.min(
        random.pick([1, 3, 1000]),
        MAX_GROWTH / JSON.stringify(holder[key]).length,
      );
      for (let i = 0; i < times; i++) holder.push(holder[key]);
    } else holder[`${key}2`] = holder[key];
  },
];

function mutateJson(text, random) {
  const value = JSON.parse(text);
  const root = { value };
  for (let i = random.below(3); i >= 0; i--) {
    const places = listPlaces(root);
    random.pick(JSON_MUTATORS)(random.pick(places), random, places);
    root.value ??= null;
  }
  return JSON.stringify(root.value) ?? '';
}

/** A mutator for the whole document, or for one of its lines. */
function mutateStructure(text, random) {
  try {
    return mutateJson(text, random);
  } catch {
    const lines = text.split('\n');
    const at = random.below(lines.length);
    try {
      lines[at] = mutateJson(lines[at], random);
      return lines.join('\n');
    } catch {
      return random.pick(TEXT_MUTATORS)(text, random);
    }
  }
}

/**
 * Bytes of a file, changed.
 *
 * @param {Uint8Array} bytes
 * @param {'binary' | 'text' | 'json'} kind what else is tried besides changing bytes
 */
export function mutate(bytes, kind, random) {
  const source = Buffer.from(bytes);
  if (source.length === 0) return Buffer.from('x');
  const structured = { binary: 0, text: 6, json: 8 }[kind];
  if (random.below(10) >= structured)
    return Buffer.from(random.pick(BYTE_MUTATORS)(source, random));
  const text = source.toString('utf8');
  const change =
    kind === 'json' && random.below(4) > 0 ? mutateStructure : random.pick(TEXT_MUTATORS);
  return Buffer.from(change(text, random), 'utf8');
}
