const FORMAT =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?(?:Z|[-+](\d\d):(\d\d))|[ ](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?)?$/;

/** True for the texts go-yaml takes for a time: those are quoted when they are strings. */
export function isTimestamp(text: string): boolean {
  if (text.charCodeAt(4) !== 45) return false;
  const match = FORMAT.exec(text);
  if (match === null) return false;
  const [year, month, day, hour, minute, second] = [
    match[1],
    match[2],
    match[3],
    match[4] ?? match[9],
    match[5] ?? match[10],
    match[6] ?? match[11],
  ].map((part) => Number(part ?? 0));
  const zoneFits = Number(match[7] ?? 0) <= 24 && Number(match[8] ?? 0) < 60;
  return zoneFits && isTime(hour, minute, second) && isDate(year, month, day);
}

function isTime(hour = 0, minute = 0, second = 0): boolean {
  return hour < 24 && minute < 60 && second < 60;
}

function isDate(year = 0, month = 0, day = 0): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  return day <= days;
}
