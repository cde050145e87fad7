import { Module } from '@nestjs/common';
import { AccountsModule } from '@app/accounts';
import { SessionsModule } from '@app/sessions';
import { NoteVault } from './note-vault';
import { NoteQueries } from './note.queries';
import { Notes } from './notes.service';

@Module({
  imports: [AccountsModule, SessionsModule],
  providers: [Notes, NoteQueries, NoteVault],
  exports: [Notes, NoteQueries],
})
export class NotesModule {}
