// Resolution of imports, in the thread that Node asks for it: plugins find the running package, wherever they lie.

import type { ResolveHook } from 'node:module';

/**
 * `primordia/…` is the running package, so that there is one copy of it, and `zod` the package's own, except for modules
 * of an installed package that has another one.
 */
export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  const here = { ...context, parentURL: import.meta.url };
  if (/^primordia(?:\/|$)/.test(specifier)) return nextResolve(specifier, here);
  if (!/^zod(?:\/|$)/.test(specifier)) return nextResolve(specifier, context);
  if (!context.parentURL?.includes('/node_modules/')) return nextResolve(specifier, here);
  try {
    return await nextResolve(specifier, context);
  } catch {
    return nextResolve(specifier, here);
  }
};
