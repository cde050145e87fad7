import { OmitType } from '@nestjs/swagger';
import { SessionFilterQuery } from './session-list.dto';

/** The filters of the list in which the session is missed. */
export class ExplainQuery extends OmitType(SessionFilterQuery, ['sort'] as const) {}

export class HiddenByView {
  /** The parameter of GET /v1/sessions that leaves the session out */
  parameter: string;

  /** @example "The session is cancelled, and \"upcoming\" shows what is scheduled or awaits payment." */
  detail: string;
}

export class ExplainView {
  /** Whether GET /v1/sessions with these filters shows the session on one of its pages */
  isShown: boolean;

  hiddenBy: HiddenByView[];

  status: string;

  /** How it came to its status, and by whom; the last change of status */
  lastChange: string;

  changedAt: string;

  changedBy: string;
}
