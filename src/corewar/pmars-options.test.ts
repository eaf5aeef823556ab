import { describe, expect, test } from 'vitest';
import { DWARF, IMP } from '../../test/support/warriors.ts';
import { resolveBattle, resolveSettings } from './pmars-options.ts';
import { makeSettings, namedSettings } from './settings.ts';

describe('resolveSettings', () => {
  test('has the defaults of pMARS, and those of a named setting', () => {
    expect(resolveSettings({})).toEqual(makeSettings());
    expect(resolveSettings({ setting: 'nano' })).toEqual(namedSettings('nano'));
    expect(resolveSettings({ setting: 'tiny', cycles: 9 }).maxCycles).toBe(9);
    expect(resolveSettings({ coreSize: 800 }).pspaceSize).toBe(50);
  });

  test('the distance follows the length, and is never smaller', () => {
    expect(resolveSettings({ length: 200 }).minSeparation).toBe(200);
    expect(() => resolveSettings({ distance: 20 })).toThrow('distance of 20 is smaller');
    expect(() => resolveSettings({ pspace: 9000 })).toThrow('P-space of 9000');
  });

  test('P-space is the core divided by its largest divisor up to 16', () => {
    const sizes = [36, 100, 999, 1000, 8001, 1009, 8000, 7];
    expect(sizes.map((coreSize) => resolveSettings({ coreSize }).pspaceSize)).toEqual([
      3, 10, 111, 100, 889, 1009, 500, 1,
    ]);
  });

  test('limits of reach divide the core size', () => {
    expect(resolveSettings({ readLimit: 400, writeLimit: 8000 })).toMatchObject({
      readLimit: 400,
      writeLimit: 8000,
    });
    expect(() => resolveSettings({ readLimit: 300 })).toThrow(
      'the read limit of 300 does not divide the core size of 8000',
    );
    expect(() => resolveSettings({ writeLimit: 16_000 })).toThrow('the write limit of 16000');
    expect(() => resolveSettings({ writeLimit: 0 })).toThrow('the write limit of 0');
  });

  test('the version of pMARS is part of the settings where it is not the default', () => {
    expect(resolveSettings({ pmars: '0.9.5' })).toEqual(makeSettings());
    expect(resolveSettings({ pmars: '0.9.2' }).pmars).toBe('0.9.2');
  });
});

describe('resolveBattle', () => {
  const resolve = (flags: Parameters<typeof resolveBattle>[2], warriors = [IMP, DWARF]) =>
    resolveBattle(warriors, makeSettings(), flags);

  test('flags choose the placement', () => {
    expect(resolve({ position: 1000 }).placement).toEqual({ kind: 'series', seed: 900 });
    expect(resolve({}).placement.kind).toBe('random');
    expect(resolve({ seed: 1 }).placement).not.toEqual(resolve({}).placement);
    expect(resolve({ permute: true }).rounds).toBe(2 * 7801);
  });

  test('a fixed series follows from the warriors alone', () => {
    const one = resolve({ fixedSeries: true }).placement;
    expect(one).toEqual(resolve({ fixedSeries: true, seed: 9 }).placement);
    expect(one).not.toEqual(resolve({ fixedSeries: true }, [DWARF, IMP]).placement);
  });

  test('permutations follow a seed where one is given', () => {
    expect(resolve({ permute: true }).placement.kind).toBe('permuted');
    const placed = resolve({ permute: true, position: 1000 });
    expect(placed.placement).toEqual({ kind: 'permuted-series', seed: 1800 });
    expect(placed.rounds).toBe(2 * 7801);
    expect(resolve({ permute: true, fixedSeries: true }).placement.kind).toBe('permuted-series');
  });

  test('contradictions are explained', () => {
    expect(() => resolve({ position: 50 })).toThrow('smaller than the separation');
    expect(() => resolve({ fixedSeries: true, position: 200 })).toThrow('exclude each other');
    expect(() => resolve({ permute: true }, [IMP])).toThrow('-P needs two warriors, not 1');
  });
});
