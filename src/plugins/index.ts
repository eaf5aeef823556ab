// Public surface of `primordia/plugins`: kinds of a user's own, from files and packages.

export * from './describe-options.ts';
export * from './hash-plugin.ts';
export * from './kinds.ts';
export * from './load-kinds-to-show.ts';
export * from './load-plugins.ts';
export type { Plugin, PluginRegistries } from './plugin.ts';
export * from './run-plugins.ts';
