// Where the words of help and reports are explained.

/** A line for the help of commands that use them. */
export const TERMS_NOTE =
  'Arm, gate, source and other terms are explained in docs/glossary.md, which comes with the package.';
