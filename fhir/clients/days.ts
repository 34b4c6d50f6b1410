/** Days as DICOM writes them, YYYYMMDD. */

const DAY_MS = 86_400_000;

function msOf(date: string): number {
  const [year, month, day] = [date.slice(0, 4), date.slice(4, 6), date.slice(6, 8)].map(Number);
  return new Date(0).setUTCFullYear(year!, month! - 1, day!);
}

/** Between the years 0 and 9999. */
export function dayOf(ms: number): string {
  const date = new Date(ms);
  const year = Math.min(9999, Math.max(0, date.getUTCFullYear()));
  return [String(year).padStart(4, '0'), date.getUTCMonth() + 1, date.getUTCDate()]
    .map((part) => String(part).padStart(2, '0'))
    .join('');
}

export const addDays = (date: string, days: number): string => dayOf(msOf(date) + days * DAY_MS);

/** Days from one to the other, both counted. */
export const daysFrom = (first: string, last: string): number =>
  1 + Math.round((msOf(last) - msOf(first)) / DAY_MS);
