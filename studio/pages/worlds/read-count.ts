// Numbers from addresses.

/** A whole number from an address, or what holds otherwise. */
export function readCount(text: string | undefined, otherwise: number): number {
  const value = Number(text);
  return text !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : otherwise;
}
