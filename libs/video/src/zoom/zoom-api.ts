import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type SharedConfig } from '@app/common';
import { AccessTokenRefused, PlatformUnavailable } from '@app/connections';
import { outboundFetch } from '@app/outbound';
import type { z } from 'zod';
import { MeetingGone, MeetingRunning, PlatformLimitReached, PlatformRefused } from '../video.errors';
import {
  zoomError,
  zoomMeeting,
  zoomMeetingList,
  type ZoomMeeting,
  type ZoomMeetingRequest,
} from './zoom-answers';

const MEETING_DOES_NOT_EXIST = 3001;
const MEETING_IN_PROGRESS = 3002;
const PAGE_SIZE = 300;
const MOST_PAGES = 20;

interface Answer {
  status: number;
  body: unknown;
}

/**
 * Zoom's API v2, the part we use. Calls throw `AccessTokenRefused` (401), `MeetingGone` (404, 3001),
 * `MeetingRunning` (3002), `PlatformLimitReached` (429), `PlatformRefused` (other 4xx) and `PlatformUnavailable`:
 * no answer, 5xx, or one in an unknown form; then the outcome is unknown.
 */
@Injectable()
export class ZoomApi {
  private readonly base: string;
  private readonly request: typeof fetch;

  constructor(@Inject(CONFIG) config: SharedConfig) {
    this.base = config.ZOOM_API_BASE;
    const capture = config.OUTBOUND_CAPTURE;
    this.request = outboundFetch({
      provider: 'zoom',
      ...(capture === undefined ? {} : { captureFile: capture }),
    });
  }

  async createMeeting(accessToken: string, meeting: ZoomMeetingRequest): Promise<ZoomMeeting> {
    return shaped(zoomMeeting, await this.call(accessToken, 'POST', '/v2/users/me/meetings', meeting));
  }

  async getMeeting(accessToken: string, id: string): Promise<ZoomMeeting> {
    return shaped(zoomMeeting, await this.call(accessToken, 'GET', meetingPath(id)));
  }

  /** Zoom answers 204 without a body: read the meeting afterwards. A start in the past is ignored without an error. */
  async updateMeeting(
    accessToken: string,
    id: string,
    changes: Pick<ZoomMeetingRequest, 'start_time' | 'timezone' | 'duration'>,
  ): Promise<void> {
    await this.call(accessToken, 'PATCH', meetingPath(id), changes);
  }

  async deleteMeeting(accessToken: string, id: string): Promise<void> {
    await this.call(accessToken, 'DELETE', meetingPath(id));
  }

  /** Ids of the host's meetings (past ones that have not expired too) whose agenda has the text. */
  async meetingsWithAgenda(accessToken: string, text: string): Promise<string[]> {
    const found: string[] = [];
    let next = '';
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const query = new URLSearchParams({ type: 'scheduled', page_size: String(PAGE_SIZE) });
      if (next !== '') query.set('next_page_token', next);
      const answer = await this.call(accessToken, 'GET', `/v2/users/me/meetings?${query.toString()}`);
      const list = shaped(zoomMeetingList, answer);
      found.push(...list.meetings.filter(({ agenda }) => agenda?.includes(text)).map(({ id }) => id));
      next = list.next_page_token ?? '';
      if (next === '') break;
    }
    return found;
  }

  private async call(accessToken: string, method: string, path: string, body?: object): Promise<Answer> {
    const response = await this.send(accessToken, method, path, body);
    const answer = { status: response.status, body: parsed(response.text) };
    if (answer.status < 300) return answer;
    throw errorOf(answer, response.retryAfter);
  }

  private async send(
    accessToken: string,
    method: string,
    path: string,
    body: object | undefined,
  ): Promise<{ status: number; text: string; retryAfter: string | null }> {
    try {
      const response = await this.request(`${this.base}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${accessToken}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return {
        status: response.status,
        text: await response.text(),
        retryAfter: response.headers.get('retry-after'),
      };
    } catch (error) {
      throw new PlatformUnavailable('Zoom', error);
    }
  }
}

function errorOf({ status, body }: Answer, retryAfter: string | null): Error {
  const code = zoomError.safeParse(body).data?.code;
  if (status === 401) return new AccessTokenRefused();
  if (status === 429) return new PlatformLimitReached(retryAfter);
  if (status >= 500 || status < 400) return new PlatformUnavailable('Zoom', `status ${status}`);
  if (code === MEETING_DOES_NOT_EXIST) return new MeetingGone();
  if (code === MEETING_IN_PROGRESS) return new MeetingRunning();
  return new PlatformRefused(code ?? status);
}

function shaped<Schema extends z.ZodType>(schema: Schema, answer: Answer): z.infer<Schema> {
  const result = schema.safeParse(answer.body);
  // The answer itself stays out of the error: it holds passcodes and host links.
  if (!result.success) throw new PlatformUnavailable('Zoom', 'an answer in an unknown form');
  return result.data;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function meetingPath(id: string): string {
  return `/v2/meetings/${encodeURIComponent(id)}`;
}
