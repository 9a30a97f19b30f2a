/** Wall times and instants, by the browser's own table of time zones. Times are seconds since 1970. */

/** How far a zone's clocks are ahead of UTC at an instant, in seconds. */
export function offsetOf(instant: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-u-ca-iso8601-nu-latn-hc-h23", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).formatToParts(instant * 1000);
  const value = (type: string): number => Number(parts.find((part) => part.type === type)?.value);
  const wall = Date.UTC(
    value("year"),
    value("month") - 1,
    value("day"),
    value("hour"),
    value("minute"),
    value("second"),
  );
  return wall / 1000 - instant;
}

/**
 * The instant at which a zone's clocks show a date and time ("2027-03-28", "09:30"); null for what is none. A time that
 * a change of the clocks leaves out is as much later as the clocks jump; of one that comes twice it is the first.
 */
export function instantOf(date: string, time: string, zone: string): number | null {
  const wall = Date.parse(`${date}T${time}:00Z`) / 1000;
  if (!Number.isFinite(wall)) return null;
  try {
    const [before, after] = [offsetOf(wall - 86_400, zone), offsetOf(wall + 86_400, zone)];
    const fits = [before, after].filter((offset) => offsetOf(wall - offset, zone) === offset);
    return wall - (fits[0] ?? before);
  } catch {
    return null;
  }
}

/** What a zone's clocks show at an instant, as date and time fields take it. */
export function wallOf(instant: number, zone: string): { date: string; time: string } {
  const wall = new Date((instant + offsetOf(instant, zone)) * 1000).toISOString();
  return { date: wall.slice(0, 10), time: wall.slice(11, 16) };
}

export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

export function zones(): readonly string[] {
  return Intl.supportedValuesOf("timeZone");
}
