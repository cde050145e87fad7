import 'reflect-metadata';
import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DatabaseModule, InvariantChecker, pendingMigrations, type InvariantResult } from '@app/database';
import { runMain, withDatabase } from './use-database';

@Module({})
class DoctorModule {
  static async with(url: string): Promise<DynamicModule> {
    return {
      module: DoctorModule,
      imports: [await DatabaseModule.forRoot({ url, poolSize: 1, applicationName: 'doctor' })],
    };
  }
}

/** `npm run doctor`: checks what must always hold. Exit code 1 when something does not. */
runMain(() =>
  withDatabase(async (databaseUrl) => {
    const pending = await pendingMigrations(databaseUrl);
    if (pending.length > 0) {
      console.error(`The schema lacks ${pending.join(', ')}. Run npm run migrate first.`);
      return 1;
    }
    const app = await NestFactory.createApplicationContext(await DoctorModule.with(databaseUrl), {
      logger: ['error'],
    });
    try {
      const results = await app.get(InvariantChecker).check();
      for (const result of results) print(result);
      const broken = results.filter((result) => result.violations > 0);
      console.log(`\n${results.length} promises checked, ${broken.length} broken.`);
      return broken.length === 0 ? 0 : 1;
    } finally {
      await app.close();
    }
  }),
);

function print({ name, promise, violations, examples }: InvariantResult): void {
  console.log(`${violations === 0 ? '✓' : '✗'} ${name}: ${promise}`);
  if (violations === 0) return;
  console.log(`  ${violations} rows break it, for example:`);
  for (const example of examples) console.log(`  ${JSON.stringify(example)}`);
}
