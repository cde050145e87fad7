import { Invalid, type FieldError } from '@app/common';
import { cleanMarkdown } from './markdown';

export type NoteVisibility = 'shared' | 'private';

/** Optional parts of a note beside its body. */
export const NOTE_SECTIONS = [
  'keyPoints',
  'insights',
  'observations',
  'approachChanges',
  'sensitiveInformation',
] as const;
export type NoteSection = (typeof NOTE_SECTIONS)[number];

/** Parts that are only for the coach's own eyes (help page lines 87–89): a shared note has none of them. */
export const PRIVATE_SECTIONS: readonly NoteSection[] = [
  'observations',
  'approachChanges',
  'sensitiveInformation',
];

/** All of it Markdown. */
export type NoteContent = { body: string } & Partial<Record<NoteSection, string>>;

export const MOST_BODY_CHARACTERS = 50_000;
export const MOST_SECTION_CHARACTERS = 10_000;

/**
 * The content as it is stored: cleaned, without empty sections.
 *
 * @throws Invalid `notes.content` naming each part that is too long, or when nothing is written at all
 */
export function noteContent(given: NoteContent): NoteContent {
  const errors = [
    ...tooLong('body', given.body, MOST_BODY_CHARACTERS),
    ...NOTE_SECTIONS.flatMap((section) => tooLong(section, given[section], MOST_SECTION_CHARACTERS)),
  ];
  if (errors.length > 0) throw new Invalid('notes.content', 'A part of the note is too long.', { errors });
  const content: NoteContent = { body: cleanMarkdown(given.body) };
  for (const section of NOTE_SECTIONS) {
    const text = cleanMarkdown(given[section] ?? '');
    if (text !== '') content[section] = text;
  }
  if (Object.values(content).every((text) => text.trim() === '')) {
    throw new Invalid('notes.content', 'The note is empty.', {
      errors: [{ pointer: '/body', code: 'empty', detail: 'Write a body or a section.' }],
    });
  }
  return content;
}

/** The sections that keep a note from being shared. */
export function privateSectionsOf(content: NoteContent): NoteSection[] {
  return PRIVATE_SECTIONS.filter((section) => content[section] !== undefined);
}

/** Whole minutes from the session's end until the note was written; 0 when it was written before (A54). */
export function minutesAfter(endsAt: Date, writtenAt: Date): number {
  return Math.max(0, Math.floor((writtenAt.getTime() - endsAt.getTime()) / 60_000));
}

function tooLong(part: string, text: string | undefined, most: number): FieldError[] {
  if (text === undefined || text.length <= most) return [];
  return [
    {
      pointer: `/${part}`,
      code: 'too_long',
      detail: `At most ${most} characters; these are ${text.length}.`,
    },
  ];
}
