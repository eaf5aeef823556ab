// Messages between processes: a header as JSON and a body of bytes, with their lengths before them.

/** A message; its header is an object of whatever fields the sender knows. */
export type Frame = {
  readonly header: Readonly<Record<string, unknown>>;
  readonly body: Uint8Array<ArrayBuffer>;
};

/** Bytes that a message may have. */
export type FrameLimits = { readonly header: number; readonly body: number };

/** The most that a body can have. */
export const LARGEST_BODY = 2 ** 32 - 1;
const LENGTHS_BYTES = 8;
const NOTHING = new Uint8Array(0);

/** The bytes of a message, in pieces: a body is not copied. */
export function encodeFrame(
  header: object,
  body: Uint8Array = NOTHING,
): [Uint8Array] | [Uint8Array, Uint8Array] {
  const text = Buffer.from(JSON.stringify(header));
  if (body.length > LARGEST_BODY) {
    throw new Error(`a message of ${body.length} bytes is longer than ${LARGEST_BODY}`);
  }
  const head = Buffer.alloc(LENGTHS_BYTES + text.length);
  head.writeUInt32BE(text.length, 0);
  head.writeUInt32BE(body.length, 4);
  head.set(text, LENGTHS_BYTES);
  return body.length === 0 ? [head] : [head, body];
}

/** Puts messages together from what a connection brings, in pieces of any size. */
export class FrameReader {
  private limits: FrameLimits;
  private readonly lengths = new Uint8Array(LENGTHS_BYTES);
  private header: Uint8Array | null = null;
  private body: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** Bytes of the message under way that are there. */
  private filled = 0;

  constructor(limits: FrameLimits) {
    this.limits = limits;
  }

  allow(limits: FrameLimits): void {
    this.limits = limits;
  }

  /**
   * The messages that a piece completes. Each is handed over before the next is looked at, so `onFrame` may allow more.
   *
   * @throws Error for a message that is longer than allowed, or has no object as its header
   */
  push(piece: Uint8Array, onFrame: (frame: Frame) => void): void {
    let at = 0;
    while (at < piece.length) {
      at += this.take(piece.subarray(at));
      const frame = this.complete();
      if (frame) onFrame(frame);
    }
  }

  /** Takes what belongs to the part under way: the lengths, the header, or the body. */
  private take(piece: Uint8Array): number {
    const [target, begin] =
      this.header === null
        ? [this.lengths, 0]
        : this.filled < LENGTHS_BYTES + this.header.length
          ? [this.header, LENGTHS_BYTES]
          : [this.body, LENGTHS_BYTES + this.header.length];
    const offset = this.filled - begin;
    const taken = piece.subarray(0, target.length - offset);
    target.set(taken, offset);
    this.filled += taken.length;
    if (this.header === null && this.filled === LENGTHS_BYTES) this.makeRoom();
    return taken.length;
  }

  private makeRoom(): void {
    const view = Buffer.from(this.lengths.buffer);
    const [header, body] = [view.readUInt32BE(0), view.readUInt32BE(4)];
    if (header > this.limits.header || body > this.limits.body) {
      throw new Error(`a message of ${header} and ${body} bytes is longer than allowed`);
    }
    this.header = new Uint8Array(header);
    // Of its own, so that arrays of any element begin where they may.
    this.body = new Uint8Array(new ArrayBuffer(body));
  }

  private complete(): Frame | null {
    const { header, body } = this;
    if (header === null || this.filled < LENGTHS_BYTES + header.length + body.length) return null;
    const parsed: unknown = JSON.parse(Buffer.from(header).toString('utf8'));
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
      throw new Error('the header of a message is no object');
    }
    this.header = null;
    this.filled = 0;
    return { header: parsed as Frame['header'], body };
  }
}
