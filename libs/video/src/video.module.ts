import { Module } from '@nestjs/common';
import { AccountsModule } from '@app/accounts';
import { ConnectionsModule } from '@app/connections';
import { SessionsModule } from '@app/sessions';
import { JoinLinks } from './join-links.service';
import { Joins } from './joins.service';
import { MeetingClaims } from './meeting-claims';
import { MeetingQueries } from './meeting.queries';
import { Meetings } from './meetings.service';
import { ZoomApi } from './zoom/zoom-api';
import { ZoomMeetings } from './zoom/zoom-meetings';

@Module({
  imports: [AccountsModule, ConnectionsModule, SessionsModule],
  providers: [JoinLinks, Joins, MeetingClaims, MeetingQueries, Meetings, ZoomApi, ZoomMeetings],
  exports: [Joins, MeetingQueries, Meetings],
})
export class VideoModule {}
