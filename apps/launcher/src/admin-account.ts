import 'reflect-metadata';
import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Accounts, AccountsModule, type NewAccount } from '@app/accounts';
import { readConfig, sharedConfigSchema, type SharedConfig } from '@app/common';
import { ConfigModule, DatabaseModule } from '@app/database';
import { OutboxModule } from '@app/outbox';

@Module({})
class AdminAccountModule {
  static async with(config: SharedConfig): Promise<DynamicModule> {
    return {
      module: AdminAccountModule,
      imports: [
        await DatabaseModule.forRoot({
          url: config.DATABASE_URL,
          poolSize: 1,
          applicationName: 'create-admin',
        }),
        ConfigModule.with(config),
        OutboxModule,
        AccountsModule,
      ],
    };
  }
}

/**
 * Makes an admin beside the running system.
 *
 * @param environment of api and worker
 * @returns the account's id
 * @throws ConfigError; Conflict `accounts.email_taken`; Invalid
 */
export async function createAdminAccount(
  environment: Record<string, string | undefined>,
  admin: NewAccount,
): Promise<string> {
  const config = readConfig(sharedConfigSchema, environment);
  const app = await NestFactory.createApplicationContext(await AdminAccountModule.with(config), {
    logger: ['error'],
  });
  try {
    return await app.get(Accounts).createAdmin(admin);
  } finally {
    await app.close();
  }
}
