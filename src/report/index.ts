// Public surface of `primordia/report`.
export { barChart, lineChart } from './charts.ts';
export { collectReport, writeReport } from './collect.ts';
export {
  type ArmDifference,
  type ArmSummary,
  BASELINE,
  compareArms,
  gapCurves,
  measureSpeedUp,
} from './compare-arms.ts';
export { frameSheet } from './frames.ts';
export { encodeGif, type IndexedFrames } from './gif.ts';
export { renderReport } from './html.ts';
export { encodePng, pngDataUri } from './png.ts';
export { buildRunReport } from './run-report.ts';
export type * from './types.ts';
export {
  checkRolloutFile,
  encodeRollouts,
  ROLLOUT_FORMATS,
  type RolloutFormat,
  type RolloutStyle,
  rolloutFormatOf,
  writeRollouts,
} from './write-rollouts.ts';
