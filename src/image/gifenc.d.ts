// The part of gifenc that is used here; the package has no types of its own.

declare module 'gifenc' {
  type Encoder = {
    /** The first frame writes the header, the palette and the number of repetitions before itself. */
    writeFrame(
      pixels: Uint8Array,
      width: number,
      height: number,
      options: {
        /** Of the first frame: the palette of all; of others: their own. */
        palette?: readonly (readonly number[])[];
        /** Bits per pixel. */
        colorDepth?: number;
        /** Milliseconds. */
        delay?: number;
        /** -1: shown once; 0: for ever. */
        repeat?: number;
        /** What becomes of the frame before the next one is drawn: 1 leaves it. */
        dispose?: number;
      },
    ): void;
    finish(): void;
    bytes(): Uint8Array<ArrayBuffer>;
    /** What is written up to now, without a copy. */
    bytesView(): Uint8Array<ArrayBuffer>;
  };
  type CreateEncoder = () => Encoder;

  const gifenc: CreateEncoder | { GIFEncoder: CreateEncoder };

  export = gifenc;
}
