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

  test('contradictions are explained', () => {
    expect(() => resolve({ position: 50 })).toThrow('smaller than the separation');
    expect(() => resolve({ fixedSeries: true, permute: true })).toThrow('exclude one another');
    expect(() => resolve({ permute: true }, [IMP])).toThrow('-P needs two warriors, not 1');
  });
});
