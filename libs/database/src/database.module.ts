import { MikroOrmModule } from '@mikro-orm/nestjs';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { Module, type DynamicModule } from '@nestjs/common';
import { Clock } from '@app/common';
import { Database } from './database';
import { DatabaseClock } from './database-clock';
import { InvariantChecker } from './invariants';
import { ormOptions, type DatabaseOptions } from './mikro-orm.config';

@Module({})
export class DatabaseModule {
  static async forRoot(options: DatabaseOptions): Promise<DynamicModule> {
    return {
      module: DatabaseModule,
      global: true,
      imports: [
        await MikroOrmModule.forRoot({
          driver: PostgreSqlDriver,
          ...ormOptions(options),
          registerRequestContext: false,
        }),
      ],
      providers: [Database, InvariantChecker, { provide: Clock, useClass: DatabaseClock }],
      exports: [Database, InvariantChecker, Clock],
    };
  }
}
