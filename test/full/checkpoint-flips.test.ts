// The test of flipped bits, at every byte of what is small.

process.env.FLIP_STRIDE = '1';
await import('../api/checkpoint-flips.test.ts');

export {};
