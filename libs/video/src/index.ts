export * from './joining';
export * from './joins.service';
export type { DialIn } from './meeting-record';
export { MeetingQueries, type MeetingView } from './meeting.queries';
export { Meetings, type SessionRef } from './meetings.service';
export * from './video.errors';
export * from './video.events';
export * from './video.module';
