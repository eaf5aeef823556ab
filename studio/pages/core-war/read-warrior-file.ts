// What a file that is dropped on the page must be like to be taken for a warrior.

import { decodeSource, MAX_SOURCE } from '../../../src/corewar/index.ts';

export type FileAnswer =
  | { readonly kind: 'warrior'; readonly name: string; readonly source: string }
  /** In a sentence. */
  | { readonly kind: 'refused'; readonly message: string };

/** What of a file is needed: a `File` of a browser has it. */
export type GivenFile = {
  readonly name: string;
  readonly size: number;
  arrayBuffer(): Promise<ArrayBuffer>;
};

const MAX_NAME = 60;
/** Bytes that no text has: controls but for tab, line ends, form feed, and the end of file of old systems. */
const isControl = (byte: number) =>
  (byte < 32 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13 && byte !== 26) ||
  byte === 127;

/** Reads a file of Redcode, or a load file. A large one is refused before it is read. */
export async function readWarriorFile(file: GivenFile): Promise<FileAnswer> {
  const name = cutName(file.name);
  const refuse = (message: string): FileAnswer => ({ kind: 'refused', message });
  if (file.size > MAX_SOURCE) {
    return refuse(
      `${name} has ${formatBytes(file.size)}; a warrior has at most ${formatBytes(MAX_SOURCE)}.`,
    );
  }
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(await file.arrayBuffer());
  } catch {
    return refuse(`${name} cannot be read. Is it a folder, or has it moved?`);
  }
  if (bytes.length === 0) return refuse(`${name} is empty.`);
  if (bytes.some(isControl)) {
    return refuse(`${name} is not text: a warrior is a file of Redcode, such as imp.red.`);
  }
  return {
    kind: 'warrior',
    name: name.replace(/\.(red|rc|ld|txt)$/i, ''),
    source: decodeSource(bytes),
  };
}

function cutName(name: string): string {
  return name.length <= MAX_NAME ? name : `${name.slice(0, MAX_NAME - 1)}…`;
}

function formatBytes(count: number): string {
  if (count < 1 << 20) return `${Math.ceil(count / 1024).toLocaleString('en-US')} KiB`;
  return `${(count / (1 << 20)).toFixed(1)} MiB`;
}
