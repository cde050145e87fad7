import { readFileSync, writeFileSync } from 'node:fs';
import { CONFIG_SCHEMAS, configTable } from './config-table';
import { GENERATED_PARTS, withPart } from './generated-docs';

describe('documentation that repeats the code', () => {
  it.each(GENERATED_PARTS)('$name is up to date (npm run docs:config writes it)', (part) => {
    const wanted = withPart(readFileSync(part.file, 'utf8'), part);
    if (process.env['WRITE_DOCS']) writeFileSync(part.file, wanted);
    expect(readFileSync(part.file, 'utf8')).toBe(wanted);
  });

  it('explains every variable', () => {
    for (const schema of Object.values(CONFIG_SCHEMAS)) {
      for (const [name, { description }] of Object.entries(schema)) {
        expect([name, description]).toEqual([name, expect.stringMatching(/\S{3,}/)]);
      }
    }
  });

  it('tells which variables are required and what the others are without being set', () => {
    expect(configTable()).toMatch(/\| `DATABASE_URL` +\| \*\*required\*\* +\|/);
    expect(configTable()).toMatch(/\| `PORT` +\| `3000` +\|/);
    expect(configTable()).toMatch(/\| `REDIS_URL` +\| – +\|/);
  });
});
