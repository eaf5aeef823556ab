// Turns what a program exported into plain JSON: recipes are data once they are evaluated.

import { types } from 'node:util';
import { UserError } from '../core/index.ts';

const MAX_DEPTH = 100;
const MAX_VALUES = 1_000_000;

/**
 * A copy of `value` in objects, lists, text, finite numbers, booleans and null. Properties that are undefined are left
 * out, as JSON has it.
 *
 * @param where what holds the value, for errors
 * @throws UserError naming the place of anything else: functions, getters, proxies, instances of classes, BigInt, NaN,
 *   cycles, more than 100 levels, more than a million values
 */
export function toPlainJson(value: unknown, where: string): unknown {
  const above = new Set<object>();
  let values = 0;

  const refuse = (place: string, what: string): never => {
    throw new UserError(`${where}: ${place || 'the recipe'} is ${what}`, {
      hint: 'a recipe is plain data: objects, lists, text, numbers, true, false and null',
    });
  };

  const visit = (inner: unknown, place: string): unknown => {
    if (++values > MAX_VALUES) refuse(place, 'beyond the first million values');
    if (inner === null || typeof inner === 'string' || typeof inner === 'boolean') return inner;
    if (typeof inner === 'number') {
      return Number.isFinite(inner) ? inner : refuse(place, `${inner}, not a finite number`);
    }
    if (typeof inner !== 'object') return refuse(place, TYPE_NAMES[typeof inner] ?? typeof inner);
    if (types.isProxy(inner)) return refuse(place, 'a proxy');
    if (above.has(inner)) return refuse(place, 'a cycle: it contains itself');
    if (above.size >= MAX_DEPTH) return refuse(place, `nested more than ${MAX_DEPTH} deep`);
    above.add(inner);
    const copy = Array.isArray(inner) ? visitList(inner, place) : visitObject(inner, place);
    above.delete(inner);
    return copy;
  };

  const visitList = (list: readonly unknown[], place: string): unknown[] => {
    if (list.length > MAX_VALUES) return refuse(place, `a list of ${list.length} values`);
    return Array.from({ length: list.length }, (_, i) =>
      visit(read(list, String(i), `${place}[${i}]`), `${place}[${i}]`),
    );
  };

  const visitObject = (object: object, place: string): Record<string, unknown> => {
    const prototype: unknown = Object.getPrototypeOf(object);
    // A module that was evaluated elsewhere has an Object.prototype of its own.
    const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
    if (!isPlain || types.isModuleNamespaceObject(object)) {
      const { name } = object.constructor ?? {};
      return refuse(place, `an instance of ${name || 'a class'}, not a plain object`);
    }
    const copy: Record<string, unknown> = {};
    for (const key of Object.keys(object)) {
      const inside = place === '' ? key : `${place}.${key}`;
      if (key === '__proto__') refuse(inside, 'not a key that recipes have');
      const property = read(object, key, inside);
      if (property !== undefined) copy[key] = visit(property, inside);
    }
    return copy;
  };

  const read = (holder: object, key: string, place: string): unknown => {
    const property = Object.getOwnPropertyDescriptor(holder, key);
    if (property?.get || property?.set) return refuse(place, 'a getter or setter');
    return property?.value;
  };

  return visit(value, '');
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  undefined: 'undefined',
  function: 'a function',
  bigint: 'a BigInt',
  symbol: 'a symbol',
};
