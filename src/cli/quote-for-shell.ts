/** A word as a POSIX shell reads it back: `runs/a` stays, `my run` becomes `'my run'`. A leading dash makes no flag of a file. */
export function quoteForShell(word: string): string {
  const file = word.startsWith('-') ? `./${word}` : word;
  if (/^[\w@%+=:,./-]+$/.test(file)) return file;
  return `'${file.replaceAll("'", `'\\''`)}'`;
}
