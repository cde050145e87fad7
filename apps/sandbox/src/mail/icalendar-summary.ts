const SHOWN = [
  'UID',
  'SEQUENCE',
  'STATUS',
  'SUMMARY',
  'DTSTART',
  'DTEND',
  'RECURRENCE-ID',
  'RRULE',
  'LOCATION',
  'ORGANIZER',
  'ATTENDEE',
];

/** The lines of an invitation that people look for, in reading order; `METHOD` first. Unfolds (RFC 5545 3.1). */
export function icalendarSummary(source: string): Array<{ name: string; value: string }> {
  const lines = source
    .replaceAll(/\r?\n[ \t]/g, '')
    .split(/\r?\n/)
    .map((line) => {
      const colon = /^(?:[^":]|"[^"]*")*:/.exec(line)?.[0].length ?? 0;
      const [name = '', ...parameters] = line.slice(0, Math.max(0, colon - 1)).split(';');
      const value = line
        .slice(colon)
        .replaceAll(String.raw`\n`, '\n')
        .replaceAll(/\\([,;\\])/g, '$1');
      return {
        name: name.toUpperCase(),
        value: parameters.length > 0 ? `${value} (${parameters.join('; ')})` : value,
      };
    });
  const event = lines.findIndex((line) => line.name === 'BEGIN' && line.value === 'VEVENT');
  const method = lines.filter((line) => line.name === 'METHOD');
  const ofEvent = event < 0 ? [] : lines.slice(event).filter((line) => SHOWN.includes(line.name));
  return [...method, ...ofEvent.toSorted((a, b) => SHOWN.indexOf(a.name) - SHOWN.indexOf(b.name))];
}
