import { type Kinds, kindsWithoutLoading, loadKinds, readPluginFlags } from '../plugins/index.ts';

/** The kinds of runs that are only looked at: of code that runs name none is loaded, only what the command line names. */
export async function loadViewedKinds(
  plugins: readonly string[],
): Promise<(directory: string) => Kinds> {
  const { registries } = await loadKinds(readPluginFlags(plugins), process.cwd());
  return (directory) => kindsWithoutLoading(directory, registries);
}
