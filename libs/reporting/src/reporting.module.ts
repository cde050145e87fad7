import { Module } from '@nestjs/common';
import { SessionDetailsQueries } from './session-details.queries';
import { SalesQueries } from './sales.queries';
import { SessionListQueries } from './session-list.queries';

/** Read-only questions across modules. */
@Module({
  providers: [SalesQueries, SessionListQueries, SessionDetailsQueries],
  exports: [SalesQueries, SessionListQueries, SessionDetailsQueries],
})
export class ReportingModule {}
