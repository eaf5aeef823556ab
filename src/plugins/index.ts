// Public surface of `primordia/plugins`: kinds of a user's own, from files and packages.
export * from './hash-plugin.ts';
export * from './load-plugins.ts';
export type { Plugin, PluginRegistries } from './plugin.ts';
