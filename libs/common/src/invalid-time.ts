import { Invalid } from './errors';

export type InvalidTimeReason =
  | 'malformed'
  | 'no_such_time'
  | 'offset_missing'
  | 'offset_mismatch'
  | 'unknown_zone'
  | 'out_of_range';

/** A text that is no usable date, time or zone; the reason is the end of its code: `time.offset_missing`. */
export class InvalidTime extends Invalid {
  constructor(
    readonly reason: InvalidTimeReason,
    detail: string,
  ) {
    super(`time.${reason}`, detail, { title: 'The time is not valid' });
  }
}
