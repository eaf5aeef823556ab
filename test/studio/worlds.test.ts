// What the page of worlds computes, without a page.

import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { addNcaOptions, type NcaFlags, readNcaOptions } from '../../src/cli/nca-options.ts';
import { keyFromSeed } from '../../src/core/index.ts';
import { createWorldOf, drawTokens, dyckDepths, WORLDS } from '../../src/worlds/index.ts';
import { nca } from '../../src/worlds/nca/define-nca.ts';
import {
  createRandomRules,
  type NcaOptions,
  resolveNcaOptions,
  sampleNcaBands,
} from '../../src/worlds/nca/index.ts';
import { chooseLength, drawWorld, nameLifeRule } from '../../studio/pages/worlds/draw-world.ts';
import { createTokenReader, placeOfToken } from '../../studio/pages/worlds/explain-token.ts';
import { countFrames, findRules, type RuleRequest } from '../../studio/pages/worlds/find-rules.ts';
import { pairBrackets } from '../../studio/pages/worlds/pair-brackets.ts';
import {
  formatRuleNames,
  parseRuleNames,
  renderCommand,
} from '../../studio/pages/worlds/rule-command.ts';
import { walkStrings } from '../../studio/pages/worlds/walk-strings.ts';
import { shareWrong } from '../../studio/parts/compare-frames.ts';
import { advancePlayer, createPlayer } from '../../studio/parts/player.ts';
import { describeBounds, readFields, readOptions } from '../../studio/parts/schema-fields.ts';

const SMALL = { colors: 4, grid: 8, sequenceLength: 256 } as const;

describe('rules of a sheet', () => {
  const collect = (request: Partial<RuleRequest>) => [
    ...findRules({ options: SMALL, seed: 3, count: 5, kept: [], ...request }),
  ];
  const found = (events: ReturnType<typeof collect>) =>
    events.flatMap((event) => (event.kind === 'rule' ? [event.rule] : []));

  test('are those that `nca render` draws for the band, with the same cells', () => {
    const band = { kind: 'absolute', low: 0.2, high: 0.4 } as const;
    const events = collect({ options: { ...SMALL, band } });
    const frames = countFrames(SMALL);
    const expected = sampleNcaBands(SMALL, { bands: [band], perBand: 5, frames, seed: 3 });
    expect(found(events)).toEqual(
      expected.bands[0]!.samples.map(({ rule, ratio, states }) => ({
        seed: 3,
        number: rule,
        ratio,
        ...states,
      })),
    );
    expect(events.at(-1)).toEqual({ kind: 'end', drawn: expected.drawn });
  });

  test('are all rules without a band; kept ones come first, whatever their ratio and seed', () => {
    const kept = [{ seed: 9, number: 4 }];
    const [world, first, ...rest] = collect({
      options: { ...SMALL, band: { kind: 'none' } },
      count: 2,
      kept,
    });
    expect(world).toMatchObject({ kind: 'world', bounds: null, frames: countFrames(SMALL) });
    const random = createRandomRules(resolveNcaOptions(SMALL), keyFromSeed(9), 20);
    expect(first).toMatchObject({
      kind: 'kept',
      rule: { ...kept[0], ratio: random.measureRatio(4) },
    });
    expect(found(rest).map(({ number }) => number)).toEqual([0, 1]);
  });

  test('of a pool are its members', () => {
    const events = collect({ options: { ...SMALL, rules: 3, band: { kind: 'none' } }, count: 5 });
    expect(found(events).map(({ number }) => number)).toEqual([0, 1, 2]);
  });

  test('play fewer frames on large grids', () => {
    expect(countFrames({})).toBe(1200);
    expect(countFrames({ grid: 256 })).toBe(22);
    expect(countFrames({ grid: 1024 })).toBe(10);
    expect(countFrames({ grid: 12, dt: 1e6 })).toBe(10);
  });

  test('have a command whose options are those of the page', () => {
    const options: Partial<NcaOptions> = {
      ...{ colors: 3, grid: 16, patch: 4, features: 5, hidden: 8, temperature: 0.5 },
      ...{ identityBias: -1.5, burnIn: 0, dt: 2, channelPadding: 'spatial' },
    };
    const command = renderCommand(options, { seed: 7, number: 42 });
    const [, , , ...args] = command.split(' ');
    const program = addNcaOptions(new Command())
      .option('--out <file>')
      .option('--rule <n>')
      .option('--seed <n>');
    const flags = program.parse(args, { from: 'user' }).opts();
    expect(readNcaOptions(flags as NcaFlags)).toEqual(options);
    expect(flags).toMatchObject({ out: 'rule-42.html', rule: '42', seed: '7' });
    expect(renderCommand({}, { seed: 0, number: 1 })).toBe(
      'primordia nca render --out rule-1.html --rule 1 --seed 0',
    );
  });

  test('have names in addresses', () => {
    const names = [
      { seed: 0, number: 17 },
      { seed: 3, number: 204 },
    ];
    expect(formatRuleNames(names)).toBe('0.17,3.204');
    expect(parseRuleNames('0.17,x,3.204,1.,-1.2')).toEqual(names);
    expect(formatRuleNames([])).toBeNull();
  });
});

describe('drawings', () => {
  const draw = (kind: string, options = {}) => drawWorld({ kind, options, seed: 5, index: 2 });

  test.each(Object.keys(WORLDS))('%s has the tokens that training draws', (kind) => {
    const drawing = draw(kind);
    const sequenceLength = chooseLength(kind, drawing.options);
    const world = createWorldOf(WORLDS, kind, {}, { sequenceLength });
    expect(drawing.tokens).toEqual(drawTokens(world, keyFromSeed(5), 2));
    expect(drawing.planes.length).toBeGreaterThan(0);
    const read = createTokenReader(drawing);
    for (let t = 0; t < drawing.tokens.length; t++) {
      const { sign, sense } = read(t);
      expect(sign, `${kind} ${t}`).not.toMatch(/undefined|NaN|^$/);
      expect(sense, `${kind} ${t}`).not.toMatch(/undefined|NaN|^$/);
    }
  });

  test('explain a patch by its cells', () => {
    const drawing = draw('life', { grid: 6, patch: 2 });
    const read = createTokenReader(drawing);
    for (const t of [1, 5, 12, 30]) {
      const place = placeOfToken(drawing.frame!, drawing.frameLength, t)!;
      const { cells, width } = drawing.planes[place.frame]!;
      const at = (y: number, x: number) =>
        cells[(2 * place.row + y) * width + 2 * place.column + x];
      expect(read(t).sense).toContain(`cells ${at(0, 0)} ${at(0, 1)} / ${at(1, 0)} ${at(1, 1)};`);
    }
    expect(placeOfToken(drawing.frame!, drawing.frameLength, 0)).toBeNull();
    expect(read(0).tone).toBe('marker');
    expect(placeOfToken(drawing.frame!, drawing.frameLength, drawing.frameLength - 1)).toBeNull();
  });

  test('shuffled tokens have the world that they come from beside them', () => {
    const drawing = draw('shuffled', { of: { kind: 'life' } });
    const original = draw('life');
    expect(drawing.before).toEqual(original.planes);
    expect(drawing.planes).not.toEqual(original.planes);
    expect(draw('iid', { of: { kind: 'copy' } }).before).toBeNull();
  });

  test('answers of tasks are their targets', () => {
    for (const kind of ['copy', 'stack', 'recall', 'retrieval', 'selective-copy', 'parity']) {
      const drawing = draw(kind);
      const read = createTokenReader(drawing);
      const answers = Uint8Array.from(drawing.tokens, (_, t) => Number(read(t).tone === 'answer'));
      expect(answers, kind).toEqual(drawing.targets);
    }
  });

  test('walks of an automaton are its strings', () => {
    const drawing = draw('dfa');
    const { edges } = drawing.rule as Extract<typeof drawing.rule, { kind: 'dfa' }>;
    const delimiter = Number(drawing.options.symbols);
    const walks = walkStrings({ edges }, drawing.tokens, delimiter);
    const written = walks.flatMap(({ symbols }) => [...symbols, delimiter]);
    expect(written.slice(0, drawing.tokens.length)).toEqual([...drawing.tokens]);
    for (const { states, symbols } of walks) expect(states.length).toBe(symbols.length + 1);
  });

  test('pairs of brackets are of one type and one depth', () => {
    const { tokens, options } = draw('dyck');
    const types = Number(options.types);
    const depths = dyckDepths(types, tokens);
    const pairs = pairBrackets(types, tokens);
    expect(pairs.length).toBe(tokens.filter((token) => token >= types).length);
    for (const [open, close] of pairs) {
      expect(tokens[close]! - types).toBe(tokens[open]);
      expect(depths[close]).toBe(depths[open]! - 1);
    }
  });

  test('rules of Life have their names', () => {
    expect(draw('life', { rules: ['B36/S23'] }).rule).toEqual({ kind: 'life', name: 'B36/S23' });
    expect(nameLifeRule({ birth: 0, survival: 1 })).toBe('B/S0');
  });

  test('refuse what the world refuses', () => {
    expect(() => draw('life', { grid: 10 })).toThrow('grid 10 is not a multiple of patch 3');
    expect(() => draw('nowhere')).toThrow("unknown kind 'nowhere'");
  });
});

describe('forms', () => {
  test.each(Object.entries(WORLDS))('of %s leave defaults to the world', (_, definition) => {
    const fields = readFields(definition.options);
    expect(readOptions(fields, {})).toEqual({});
    expect(fields.map(({ path }) => path).sort()).toEqual(
      Object.keys(definition.options.shape).sort(),
    );
    for (const { description } of fields) expect(description).not.toBe('');
  });

  test('read what was entered by the schema', () => {
    const texts = {
      ...{ colors: '4', temperature: '0.5', rules: '16', channelPadding: 'spatial' },
      ...{ 'band.kind': 'absolute', 'band.low': '.2', 'band.high': '.4' },
    };
    const options = readOptions(readFields(nca.options), texts);
    expect(options).toEqual({
      ...{ colors: 4, temperature: 0.5, rules: 16, channelPadding: 'spatial' },
      band: { kind: 'absolute', low: 0.2, high: 0.4 },
    });
    expect(nca.options.safeParse(options).success).toBe(true);
    const elementary = readFields(WORLDS.elementary.options);
    expect(readOptions(elementary, { rules: '30, 110' })).toEqual({ rules: [30, 110] });
    expect(readOptions(elementary, { rules: 'class-3' })).toEqual({ rules: 'class-3' });
    expect(readOptions(readFields(WORLDS.life.options), { rules: 'B3/S23 B36/S23' })).toEqual({
      rules: ['B3/S23', 'B36/S23'],
    });
    // What is no number is left to the schema to refuse.
    expect(readOptions(elementary, { width: 'x' })).toEqual({ width: 'x' });
  });

  test('say the bounds that schemas have', () => {
    const bounds = (kind: keyof typeof WORLDS, path: string) =>
      describeBounds(readFields(WORLDS[kind].options).find((field) => field.path === path)!.input);
    expect(bounds('nca', 'temperature')).toBe('number');
    expect(bounds('nca', 'burnIn')).toBe('whole number, 0 or more');
    expect(bounds('nca', 'rules')).toBe('whole number, 1 or more');
  });
});

test('a player moves by the time that has passed, and begins again after the last frame', () => {
  const player = createPlayer({ count: 5, speed: 10, playing: true });
  let left = advancePlayer(player, 250);
  expect([player.frame.value, left]).toEqual([2, 50]);
  left = advancePlayer(player, left + 250);
  expect([player.frame.value, left]).toEqual([0, 0]);
  player.step(-1);
  expect([player.frame.value, player.playing.value]).toEqual([0, false]);
  player.show(99);
  expect(player.frame.value).toBe(4);
  expect([advancePlayer(player, 1000), player.frame.value]).toEqual([0, 4]);
  player.restart();
  expect(player.frame.value).toBe(0);
});

test('the share of cells in which a prediction is wrong', () => {
  const plane = (cells: number[]) => ({ width: 2, height: 2, cells });
  expect(shareWrong({ truth: plane([1, 2, 3, 4]), prediction: plane([1, 2, 0, 4]) })).toBe(0.25);
  expect(shareWrong({ truth: plane([0, 0, 0, 0]), prediction: null })).toBeNull();
});
