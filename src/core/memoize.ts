// Functions that compute their result for an object once.

/**
 * A function that gives what `compute` gives, and computes it once for each object: results live as long as their objects,
 * which must not change.
 */
export function memoize<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, { readonly value: V }>();
  return (key) => {
    const found = known.get(key);
    if (found) return found.value;
    const value = compute(key);
    known.set(key, { value });
    return value;
  };
}
