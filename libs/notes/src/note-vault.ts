import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, SecretBox, type Sealed, type SharedConfig } from '@app/common';
import type { NoteContent } from './domain/note-content';

interface NoteRef {
  coachId: string;
  id: string;
}

/**
 * Seals what a coach wrote for nobody else. The context binds a text to its note, and in the history to its version,
 * so that no ciphertext opens in another place.
 */
@Injectable()
export class NoteVault {
  private readonly box: SecretBox;

  constructor(@Inject(CONFIG) config: SharedConfig) {
    this.box = new SecretBox(config.ENCRYPTION_KEYS);
  }

  seal(note: NoteRef, content: NoteContent, version?: number): Sealed {
    return this.box.seal(JSON.stringify(content), contextOf(note, version));
  }

  open(note: NoteRef, sealed: Sealed, version?: number): NoteContent {
    const content: NoteContent = JSON.parse(this.box.open(sealed, contextOf(note, version)));
    return content;
  }
}

function contextOf(note: NoteRef, version?: number): string {
  const context = `notes:${note.coachId}:${note.id}`;
  return version === undefined ? context : `${context}:${version}`;
}
