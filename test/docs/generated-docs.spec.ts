import { readFileSync, writeFileSync } from 'node:fs';
import { FOLLOWED_EVENTS } from '@app/payments';
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

  it('says of each instant of the api that it is one', () => {
    const { components } = JSON.parse(readFileSync('apps/api/openapi.json', 'utf8')) as {
      components: {
        schemas: Record<
          string,
          { properties?: Record<string, { type?: string | string[]; format?: string }> }
        >;
      };
    };
    const instants = Object.entries(components.schemas).flatMap(([name, { properties = {} }]) =>
      Object.entries(properties)
        .filter(([property, { type }]) => property.endsWith('At') && [type].flat().includes('string'))
        .map(([property, { format }]) => `${name}.${property} ${format}`),
    );
    expect(instants.filter((each) => !each.endsWith(' date-time'))).toEqual([]);
    expect(instants.length).toBeGreaterThan(100);
  });

  it('names the events that the endpoint at Stripe must send: all that are followed, and no others', () => {
    const [, sentence = ''] =
      /for the events ([^;]*?),\s+for the account/.exec(readFileSync('README.md', 'utf8')) ?? [];
    const named = [...sentence.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
    const covers = (name: string, type: string): boolean =>
      name.endsWith('.*') ? type.startsWith(name.slice(0, -1)) : type === name;
    const followed = Object.keys(FOLLOWED_EVENTS);
    expect(followed.filter((type) => !named.some((name) => covers(name, type)))).toEqual([]);
    expect(named.filter((name) => !followed.some((type) => covers(name, type)))).toEqual([]);
    expect(named.length).toBeGreaterThan(5);
  });

  it('tells which variables are required and what the others are without being set', () => {
    expect(configTable()).toMatch(/\| `DATABASE_URL` +\| \*\*required\*\* +\|/);
    expect(configTable()).toMatch(/\| `PORT` +\| `3000` +\|/);
    expect(configTable()).toMatch(/\| `REDIS_URL` +\| – +\|/);
  });
});
