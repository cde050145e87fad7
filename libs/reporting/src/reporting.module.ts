import { Module } from '@nestjs/common';
import { SessionBriefQueries } from './session-brief.queries';
import { SessionDetailsQueries } from './session-details.queries';
import { SalesQueries } from './sales.queries';
import { SessionListQueries } from './session-list.queries';

/** Read-only questions across modules. */
@Module({
  providers: [SalesQueries, SessionListQueries, SessionDetailsQueries, SessionBriefQueries],
  exports: [SalesQueries, SessionListQueries, SessionDetailsQueries, SessionBriefQueries],
})
export class ReportingModule {}
