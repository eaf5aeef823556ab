// The losses of a run as a table for other programs.

export type HeldOutLoss = { readonly step: number; readonly loss: number };

/** CSV: a row per step, and the held-out loss where there is one. */
export function formatLosses(training: readonly number[], heldOut: readonly HeldOutLoss[]): string {
  const measured = new Map(heldOut.map(({ step, loss }) => [step, loss]));
  const rows = [undefined, ...training].map((loss, step) =>
    [step, loss ?? '', measured.get(step) ?? ''].join(','),
  );
  return `${['step,loss,heldOutLoss', ...rows].join('\n')}\n`;
}
