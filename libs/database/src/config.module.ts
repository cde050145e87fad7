import { Module, type DynamicModule } from '@nestjs/common';
import { CONFIG, type SharedConfig } from '@app/common';

/** The validated configuration of a process, for every module. It stands here because `common` knows no Nest. */
@Module({})
export class ConfigModule {
  /** @param ownTokens further tokens of the same object, under which an app finds its own settings */
  static with(config: Partial<SharedConfig>, ...ownTokens: symbol[]): DynamicModule {
    const tokens = [CONFIG, ...ownTokens];
    return {
      module: ConfigModule,
      global: true,
      providers: tokens.map((provide) => ({ provide, useValue: config })),
      exports: tokens,
    };
  }
}
