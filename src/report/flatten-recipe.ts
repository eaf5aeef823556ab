// Recipes side by side: every setting by its path, and those that differ.

/** Keys that decide nothing of what comes of a run. */
const IDLE = new Set(['$schema', 'format', 'name', 'description', 'plugins']);

/** Every leaf of a recipe by its path: `stages.text.steps` is `60`. */
function flattenRecipe(recipe: unknown): Map<string, string> {
  const leaves = new Map<string, string>();
  const visit = (value: unknown, path: string) => {
    if (typeof value !== 'object' || value === null) leaves.set(path, String(value));
    else if (Array.isArray(value)) leaves.set(path, JSON.stringify(value));
    else {
      for (const [key, inner] of Object.entries(value)) {
        if (inner === undefined || (path === '' && IDLE.has(key))) continue;
        visit(inner, path === '' ? key : `${path}.${key}`);
      }
    }
  };
  visit(recipe, '');
  return leaves;
}

/** A setting whose value is not the same in all recipes; null where a recipe does not have it. */
export type SettingDifference = {
  readonly path: string;
  readonly values: readonly (string | null)[];
};

/** The settings in which recipes differ, in the order in which they come. */
export function compareRecipes(recipes: readonly unknown[]): SettingDifference[] {
  const flat = recipes.map(flattenRecipe);
  const paths = [...new Set(flat.flatMap((leaves) => [...leaves.keys()]))];
  return paths.flatMap((path) => {
    const values = flat.map((leaves) => leaves.get(path) ?? null);
    return new Set(values).size === 1 ? [] : [{ path, values }];
  });
}
