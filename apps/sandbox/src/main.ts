import { InvalidConfig, readConfig } from './config';
import { startSandbox } from './sandbox';

async function main(): Promise<void> {
  const sandbox = await startSandbox(readConfig());
  console.log(`sandbox console  ${sandbox.urls.console}`);
  console.log(`sandbox Stripe   ${sandbox.urls.stripe}`);
  console.log(`sandbox Zoom     ${sandbox.urls.zoom}`);
  console.log(`sandbox SMTP     ${sandbox.urls.smtp}`);
  let isStopping = false;
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    sandbox.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error('the sandbox did not stop cleanly', error);
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

main().catch((error: unknown) => {
  console.error(error instanceof InvalidConfig ? `The sandbox cannot start:\n${error.message}` : error);
  process.exit(1);
});
