export {
  MOST_BODY_CHARACTERS,
  MOST_SECTION_CHARACTERS,
  NOTE_SECTIONS,
  type NoteContent,
  type NoteSection,
  type NoteVisibility,
} from './domain/note-content';
export type { NoteChange, NoteKind, NoteVersionView, NoteView } from './note-record';
export * from './note.queries';
export * from './notes.errors';
export * from './notes.events';
export * from './notes.module';
export * from './notes.service';
