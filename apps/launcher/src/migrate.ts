import { migrate } from '@app/database';
import { runMain, withDatabase } from './use-database';

/** `npm run migrate`: brings the database to the newest schema. Done before api and worker of a release start. */
runMain(() =>
  withDatabase(async (databaseUrl) => {
    const applied = await migrate(databaseUrl);
    for (const name of applied) console.log(`applied ${name}`);
    console.log(
      applied.length === 0 ? 'The schema is the newest already.' : `${applied.length} migrations applied.`,
    );
    return 0;
  }),
);
