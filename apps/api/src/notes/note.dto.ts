import { IsBoolean, IsIn, IsString, MaxLength } from 'class-validator';
import { MOST_BODY_CHARACTERS, MOST_SECTION_CHARACTERS } from '@app/notes';
import { Omittable } from '../http/fields';
import { PageQuery } from '../http/page.dto';

const VISIBILITIES = ['shared', 'private'] as const;
const KINDS = ['session', 'preparation'] as const;

export class NoteListQuery extends PageQuery {}

export class NoteSections {
  /**
   * Key discussion points, Markdown
   * @example "- The talk with the team"
   */
  @Omittable()
  @IsString()
  @MaxLength(MOST_SECTION_CHARACTERS)
  keyPoints?: string;

  /**
   * Breakthroughs or insights, Markdown
   * @example "Asking first works better than telling"
   */
  @Omittable()
  @IsString()
  @MaxLength(MOST_SECTION_CHARACTERS)
  insights?: string;

  /** Your observations, Markdown; only in a private note */
  @Omittable()
  @IsString()
  @MaxLength(MOST_SECTION_CHARACTERS)
  observations?: string;

  /** How you want to change your approach, Markdown; only in a private note */
  @Omittable()
  @IsString()
  @MaxLength(MOST_SECTION_CHARACTERS)
  approachChanges?: string;

  /** Sensitive information, Markdown; only in a private note */
  @Omittable()
  @IsString()
  @MaxLength(MOST_SECTION_CHARACTERS)
  sensitiveInformation?: string;
}

export class AddNoteBody extends NoteSections {
  /** `session` (default): from the scheduled start on; `preparation`: while the session is ahead or runs, always private */
  @Omittable()
  @IsIn(KINDS)
  kind?: 'session' | 'preparation';

  /** Who reads it; there is no default */
  @IsIn(VISIBILITIES)
  visibility: 'shared' | 'private';

  /**
   * Markdown; raw HTML and links that run something are removed
   * @example "We prepared the **talk with the team**."
   */
  @IsString()
  @MaxLength(MOST_BODY_CHARACTERS)
  body: string;
}

export class ChangeNoteBody extends NoteSections {
  /**
   * Markdown
   * @example "We prepared the **talk with the team** of Monday."
   */
  @Omittable()
  @IsString()
  @MaxLength(MOST_BODY_CHARACTERS)
  body?: string;

  @Omittable()
  @IsIn(VISIBILITIES)
  visibility?: 'shared' | 'private';

  /** Needed to share what was private: your client will be able to read it */
  @Omittable()
  @IsBoolean()
  share?: boolean;
}

/** Texts are Markdown; null where there is none, and for an admin who looks at a private note. */
export class NoteTextView {
  body: string | null;

  keyPoints: string | null;

  insights: string | null;

  observations: string | null;

  approachChanges: string | null;

  sensitiveInformation: string | null;
}

export class NoteView extends NoteTextView {
  /** @example nte_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  /** @example ses_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  sessionId: string;

  /** @example cli_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  clientId: string;

  kind: 'session' | 'preparation';

  visibility: 'shared' | 'private';

  /** Since when the client could read it; stays when it is made private again */
  firstSharedAt: string | null;

  /** When the client first read it; stays when it is made private again */
  seenByClientAt: string | null;

  /** Minutes from the end of the session until it was written; null for a preparation note */
  addedWithinMinutes: number | null;

  createdAt: string;

  updatedAt: string;

  version: number;
}

export class NotePageView {
  data: NoteView[];

  nextCursor: string | null;

  hasMore: boolean;
}

export class NoteVersionView extends NoteTextView {
  version: number;

  change: 'created' | 'edited' | 'shared' | 'made_private' | 'deleted';

  visibility: 'shared' | 'private';

  changedAt: string;

  /** @example acc_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  changedBy: string;
}

export class NoteHistoryView {
  /** Oldest first */
  data: NoteVersionView[];
}
