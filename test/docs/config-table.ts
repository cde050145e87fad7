import { z } from 'zod';
import { apiConfigSchema } from '../../apps/api/src/config';
import { launcherConfigSchema } from '../../apps/launcher/src/config';
import { workerConfigSchema } from '../../apps/worker/src/config';
import { sharedConfigShape } from '@app/common';
import { markdownTable } from './markdown-table';

/** Variables that each program reads, by the schema it validates them with. */
export const CONFIG_SCHEMAS = {
  api: apiConfigSchema.shape,
  worker: workerConfigSchema.shape,
  'npm start': launcherConfigSchema.shape,
} as const satisfies Record<string, Record<string, z.ZodType>>;

/** The configuration as Markdown: what api and worker share first, then what each reads alone. */
export function configTable(): string {
  const own = (program: keyof typeof CONFIG_SCHEMAS): [string, z.ZodType][] =>
    Object.entries<z.ZodType>(CONFIG_SCHEMAS[program]).filter(([name]) => !(name in sharedConfigShape));
  return [
    table('api and worker', Object.entries(sharedConfigShape)),
    table('api', own('api')),
    table('worker', own('worker')),
    table('`npm start` (sets everything above for the sandbox)', own('npm start')),
  ].join('\n\n');
}

function table(title: string, rows: [string, z.ZodType][]): string {
  const cells = rows.map(([name, schema]) => [`\`${name}\``, defaultOf(schema), schema.description ?? '']);
  return `**${title}**\n\n${markdownTable(['variable', 'default', 'meaning'], cells)}`;
}

function defaultOf(schema: z.ZodType): string {
  const absent = schema.safeParse(undefined);
  if (!absent.success) return '**required**';
  return absent.data === undefined ? '–' : `\`${JSON.stringify(absent.data).replaceAll('"', '')}\``;
}
