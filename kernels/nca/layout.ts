// The sizes of the world that an instance simulates, and where its data lie in memory.

/** Input of the convolution that repeats outer channels has two more of them. */
export let channels: i32 = 0;
export let colors: i32 = 0;
export let grid: i32 = 0;
export let patch: i32 = 0;
export let features: i32 = 0;
export let hidden: i32 = 0;
/** `features` rounded up to a multiple of 4. */
export let featureLanes: i32 = 0;
/** Cells from a row of the padded grid to the next: whole groups of four cells, and a cell on either side. */
export let stride: i32 = 0;
export let temperature: f32 = 0;
export let identityBias: f32 = 0;
export let burnIn: i32 = 0;
export let dt: i32 = 0;
/** Bytes that a state stands for in a cell of the padded grids: a row of a table of one neighbor. */
export let stateBytes: i32 = 0;
export let int16: bool = false;
/** Whether features are looked up by the states of three cells in a row. */
export let byTriples: bool = false;

/** Kernels as the rule has them: `[3, 3, channels, features]`, `[features, hidden]`, `[hidden, colors]`, float32. */
export let convolutionKernel: usize = 0;
export let hiddenKernel: usize = 0;
export let logitsKernel: usize = 0;
/** `[9, colors, featureLanes]` float32. */
export let table: usize = 0;
/** `[hidden, featureLanes]` float32. */
export let hiddenRows: usize = 0;
/** `[9, colors, featureLanes]` int16. */
export let table16: usize = 0;
/** `[3, colors, colors, colors, 4]` int16: sums of three neighbors in a row, one table a row of the neighborhood. */
export let triples: usize = 0;
/** `[hidden, featureLanes / 2]` pairs of int16. */
export let hiddenPairs: usize = 0;
/** `[hidden / 2, colors]` pairs of int16. */
export let logitPairs: usize = 0;
/** Two padded grids `[grid + 2, stride]` of uint32, each a state times `stateBytes`. */
export let gridA: usize = 0;
export let gridB: usize = 0;
/** `[grid + 2, stride]` uint32: byte offsets into a table of `triples`. */
export let tripleGrid: usize = 0;
/** `[featureLanes, 4]`, `[hidden, 4]` and `[colors, 4]`: the network's values for four cells side by side. */
export let featureGroup: usize = 0;
export let hiddenGroup: usize = 0;
export let logitGroup: usize = 0;
/** `[colors]` float32, padded to a multiple of 8: logits of one cell, and with noise. */
export let cellLogits: usize = 0;
export let cellScores: usize = 0;
/** `[frames, grid, grid]` uint8. */
export let frameCells: usize = 0;
/** `[frames, patches]` int32. */
export let patchIds: usize = 0;
/** `[frames * (patches + 2)]` int32. */
export let tokens: usize = 0;

let top: usize = 0;

/** A region of at least `bytes` bytes, aligned for vectors, with room for a vector that starts at its last byte. */
function allocate(bytes: usize): usize {
  const at = top;
  top += (bytes + 31) & ~15;
  return at;
}

export function setSizes(
  colorCount: i32,
  gridSize: i32,
  patchSize: i32,
  featureCount: i32,
  hiddenCount: i32,
  wrapsChannels: bool,
): void {
  colors = colorCount;
  grid = gridSize;
  patch = patchSize;
  features = featureCount;
  hidden = hiddenCount;
  channels = wrapsChannels ? colors + 2 : colors;
  featureLanes = (features + 3) & ~3;
  stride = ((grid + 3) & ~3) + 2;
}

export function setDynamics(noise: f32, bias: f32, steps: i32, interval: i32): void {
  temperature = noise;
  identityBias = bias;
  burnIn = steps;
  dt = interval;
}

/**
 * Lays the memory out for the sizes set and `frames` frames, and grows it. False when there is not so much.
 */
export function layOut(usesInt16: bool, frames: i32): bool {
  int16 = usesInt16;
  byTriples = int16 && features === 4 && colors <= 10;
  stateBytes = int16 ? featureLanes << 1 : featureLanes << 2;
  // Random numbers are written eight at a time.
  const convolutionCount = (9 * channels * features + 7) & ~7;
  const hiddenCount = (features * hidden + 7) & ~7;
  const logitsCount = (hidden * colors + 7) & ~7;
  const hiddenEven = (hidden + 1) & ~1;
  const paddedCells: usize = usize(grid + 2) * usize(stride);
  const cells: usize = usize(grid) * usize(grid);
  const side = grid / patch;
  const patches: usize = usize(side) * usize(side);
  top = (__heap_base + 63) & ~63;
  convolutionKernel = allocate(convolutionCount << 2);
  hiddenKernel = allocate(hiddenCount << 2);
  logitsKernel = allocate(logitsCount << 2);
  table = allocate((9 * colors * featureLanes) << 2);
  hiddenRows = allocate((hiddenEven * featureLanes) << 2);
  if (int16) {
    table16 = allocate((9 * colors * featureLanes) << 1);
    if (byTriples) triples = allocate(24 * colors * colors * colors);
    hiddenPairs = allocate((hiddenEven * featureLanes) << 1);
    logitPairs = allocate((hiddenEven * colors) << 1);
  }
  gridA = allocate(paddedCells << 2);
  gridB = allocate(paddedCells << 2);
  if (byTriples) tripleGrid = allocate(paddedCells << 2);
  featureGroup = allocate(featureLanes << 4);
  hiddenGroup = allocate(hiddenEven << 4);
  logitGroup = allocate(colors << 4);
  cellLogits = allocate(((colors + 7) & ~7) << 2);
  cellScores = allocate(((colors + 7) & ~7) << 2);
  frameCells = allocate(usize(frames) * cells);
  patchIds = allocate((usize(frames) * patches) << 2);
  tokens = allocate((usize(frames) * (patches + 2)) << 2);
  // The longest match is compared beyond the end of what is compressed.
  const pages = i32((top + 512 + 65535) >>> 16) - memory.size();
  return pages <= 0 || memory.grow(pages) >= 0;
}
