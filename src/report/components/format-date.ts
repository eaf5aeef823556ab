// Dates for readers, the same on every machine and in every locale.

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

/** An ISO 8601 date as "29 November 2026, 22:05 UTC", broken after the year at most; what is none is written as it stands. */
export function formatDate(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())} UTC`;
  return [day, time].map((part) => part.replaceAll(' ', '\u00a0')).join(', ');
}
