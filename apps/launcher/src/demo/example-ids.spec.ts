import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as api from '../../../api/src/http/fields';
import { EXAMPLE_DATES, EXAMPLE_SUFFIX } from './example-ids';

describe("what the demo puts in place of the document's examples", () => {
  const document = readFileSync(join(__dirname, '..', '..', '..', 'api', 'openapi.json'), 'utf8');

  it('is found by the ending that the api gives its example ids', () => {
    expect(EXAMPLE_SUFFIX).toBe(api.EXAMPLE_SUFFIX);
    expect(document).toContain(`ses_${EXAMPLE_SUFFIX}`);
  });

  it('knows every date of December 2026 and after that an example of a request names', () => {
    const dates = new Set([...document.matchAll(/"(2026-12-\d\d|2027-\d\d-\d\d)/g)].map(([, date]) => date));
    expect([...dates].filter((date) => date !== undefined && !EXAMPLE_DATES.includes(date))).toEqual([]);
  });

  it('has the example password to replace', () => {
    expect(document).toContain('"demo-password"');
  });
});
