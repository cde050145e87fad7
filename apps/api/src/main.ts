import 'reflect-metadata';
import { ConfigError } from '@app/common';
import { collectDefaultMetrics } from 'prom-client';
import { ApiModule } from './api.module';
import { apiConfig } from './config';
import { createApi } from './create-app';
import { shutDownInOrder } from './operations/shutdown';

async function main(): Promise<void> {
  const config = apiConfig();
  collectDefaultMetrics();
  const app = await createApi(await ApiModule.with(config), config);
  await app.listen(config.PORT, config.HOST);
  shutDownInOrder(app, config);
}

main().catch((error: unknown) => {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
});
