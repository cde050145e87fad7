import { Injectable } from '@nestjs/common';
import { singleLine } from '@app/common';
import type { MeetingTimes } from '../domain/desired-meeting';
import type { DialIn, PlatformMeeting } from '../meeting-record';
import { MeetingGone } from '../video.errors';
import type { ZoomMeeting, ZoomMeetingRequest } from './zoom-answers';
import { ZoomApi } from './zoom-api';

/** Countries whose numbers we ask for; Zoom gives those that the host's plan has. */
const DIAL_IN_COUNTRIES = ['US', 'CA', 'GB', 'DE', 'FR', 'AU'];
const LONGEST_TOPIC = 200;

/** What a room is made from. */
export interface MeetingPlan extends MeetingTimes {
  sessionId: string;
  topic: string;
  /** IANA zone that the platform shows the time in. */
  timezone: string;
}

/** The rooms of sessions at Zoom. Errors: see `ZoomApi`. */
@Injectable()
export class ZoomMeetings {
  constructor(private readonly api: ZoomApi) {}

  async create(accessToken: string, plan: MeetingPlan): Promise<PlatformMeeting> {
    return platformMeeting(await this.api.createMeeting(accessToken, requestOf(plan)));
  }

  /** The rooms that were made for a session; Zoom has no idempotency key, so each carries our reference. */
  find(accessToken: string, sessionId: string): Promise<string[]> {
    return this.api.meetingsWithAgenda(accessToken, reference(sessionId));
  }

  async read(accessToken: string, externalId: string): Promise<PlatformMeeting> {
    return platformMeeting(await this.api.getMeeting(accessToken, externalId));
  }

  /** @throws MeetingGone when there is nothing left to move */
  async move(accessToken: string, externalId: string, plan: MeetingPlan): Promise<PlatformMeeting> {
    const { start_time, timezone, duration } = requestOf(plan);
    await this.api.updateMeeting(accessToken, externalId, { start_time, timezone, duration });
    return this.read(accessToken, externalId);
  }

  /** One that is gone already counts as deleted. */
  async remove(accessToken: string, externalId: string): Promise<void> {
    try {
      await this.api.deleteMeeting(accessToken, externalId);
    } catch (error) {
      if (!(error instanceof MeetingGone)) throw error;
    }
  }

  /** Makes its holder the host and lives two hours: asked for at the click, never stored or logged. */
  async hostUrl(accessToken: string, externalId: string): Promise<string | undefined> {
    return (await this.api.getMeeting(accessToken, externalId)).start_url;
  }
}

function requestOf(plan: MeetingPlan): ZoomMeetingRequest {
  return {
    topic: singleLine(plan.topic).slice(0, LONGEST_TOPIC),
    type: 2,
    agenda: reference(plan.sessionId),
    start_time: plan.startsAt.toISOString().replace(/\.\d{3}Z$/, 'Z'),
    timezone: plan.timezone,
    duration: plan.minutes,
    settings: {
      waiting_room: true,
      join_before_host: false,
      auto_recording: 'none',
      global_dial_in_countries: DIAL_IN_COUNTRIES,
    },
  };
}

function reference(sessionId: string): string {
  return `ref:${sessionId}`;
}

/** What we keep of a room as Zoom describes it. */
export function platformMeeting(meeting: ZoomMeeting): PlatformMeeting {
  const dialIn = dialInOf(meeting);
  return {
    externalId: meeting.id,
    joinUrl: meeting.join_url,
    passcode: textOrNull(meeting.password),
    dialIn,
    dialInReason: dialIn.length > 0 ? null : 'The Zoom plan of the coach has no dial-in numbers.',
    waitingRoom: meeting.settings?.waiting_room ?? null,
  };
}

/** The passcode for the phone differs from the one for the app. */
function dialInOf(meeting: ZoomMeeting): DialIn[] {
  return (meeting.settings?.global_dial_in_numbers ?? []).map(
    ({ country, country_name, city, number, type }) => ({
      country,
      countryName: country_name ?? country,
      city: textOrNull(city),
      number,
      tollFree: type === 'tollfree',
      pin: textOrNull(meeting.pstn_password),
    }),
  );
}

function textOrNull(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}
