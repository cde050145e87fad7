import { Module } from '@nestjs/common';
import { DisputeEvidenceQueries } from './dispute-evidence.queries';
import { EntitlementQueries } from './entitlement.queries';
import { SessionBriefQueries } from './session-brief.queries';
import { SessionDetailsQueries } from './session-details.queries';
import { SalesQueries } from './sales.queries';
import { SessionListQueries } from './session-list.queries';

/** Read-only questions across modules. */
@Module({
  providers: [
    DisputeEvidenceQueries,
    EntitlementQueries,
    SalesQueries,
    SessionListQueries,
    SessionDetailsQueries,
    SessionBriefQueries,
  ],
  exports: [
    DisputeEvidenceQueries,
    EntitlementQueries,
    SalesQueries,
    SessionListQueries,
    SessionDetailsQueries,
    SessionBriefQueries,
  ],
})
export class ReportingModule {}
