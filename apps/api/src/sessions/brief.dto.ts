import { NoteView } from '../notes/note.dto';
import { PreparationView } from './session-details.dto';

export class GoalOfBriefView {
  id: string;

  title: string;

  description: string;

  targetOn: string | null;

  progressPercent: number;

  /** The coach linked it to this session */
  ofThisSession: boolean;
}

export class BriefView {
  /** What the client wrote for this session */
  preparation: PreparationView;

  /** Active goals of the client with this coach */
  goals: GoalOfBriefView[];

  /** Of the latest sessions before this one, latest first, shared and private; and your preparation for this one */
  notes: NoteView[];

  /** Completed sessions with this client */
  sessionCount: number;

  /** Start of the latest completed session before this one */
  lastSessionAt: string | null;
}
