import { z } from 'zod';

/** Ids are 64-bit at Zoom; one that a double cannot hold is refused rather than rounded. */
const meetingId = z.union([z.number().int().positive(), z.string().regex(/^\d+$/)]).transform(String);

/** The fields we use of a meeting as Zoom gives it; `startUrl` makes its holder the host. */
export const zoomMeeting = z.object({
  id: meetingId,
  agenda: z.string().optional(),
  join_url: z.url(),
  start_url: z.url().optional(),
  password: z.string().optional(),
  pstn_password: z.string().optional(),
  settings: z
    .object({
      waiting_room: z.boolean().optional(),
      global_dial_in_numbers: z
        .array(
          z.object({
            city: z.string().optional(),
            country: z.string(),
            country_name: z.string().optional(),
            number: z.string(),
            type: z.string().optional(),
          }),
        )
        .optional(),
    })
    .optional(),
});
export type ZoomMeeting = z.infer<typeof zoomMeeting>;

/** Lists cut the agenda after 250 characters. */
export const zoomMeetingList = z.object({
  next_page_token: z.string().optional(),
  meetings: z.array(z.object({ id: meetingId, agenda: z.string().optional() })),
});

export const zoomError = z.object({ code: z.number().optional() });

/** What is sent to make a meeting; an update sends a part of it. */
export interface ZoomMeetingRequest {
  topic: string;
  type: 2;
  agenda: string;
  /** UTC as `yyyy-MM-ddTHH:mm:ssZ`; without it a type 2 silently becomes an instant meeting. */
  start_time: string;
  /** Only for how Zoom shows the time. */
  timezone: string;
  /** Minutes. */
  duration: number;
  settings: {
    waiting_room: boolean;
    join_before_host: boolean;
    auto_recording: 'none';
    global_dial_in_countries: readonly string[];
  };
}
