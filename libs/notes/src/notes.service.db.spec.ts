import { Conflict, Forbidden, Invalid, NotFound, PreconditionFailed, RuleViolation } from '@app/common';
import { InvariantChecker, sql } from '@app/database';
import { NoteQueries } from './note.queries';
import { Notes, type NewNote } from './notes.service';
import { startNotes, type NotesUnderTest, type Pair } from './notes.test-module';
import { advanceClock, buildSession } from './testing';

const CANARY = 'canary-7f3a: he fears his father';

let app: NotesUnderTest;
let notes: Notes;
let queries: NoteQueries;

beforeAll(async () => {
  app = await startNotes();
  notes = app.module.get(Notes);
  queries = app.module.get(NoteQueries);
});
afterAll(() => app.close());
afterEach(async () => {
  const results = await app.module.get(InvariantChecker, { strict: false }).check();
  const broken = results.filter(({ name, violations }) => name.startsWith('7') && violations > 0);
  if (broken.length > 0) throw new Error(`Broken invariants: ${broken.map(({ name }) => name).join(', ')}`);
});

const shared: NewNote = {
  kind: 'session',
  visibility: 'shared',
  content: { body: 'We talked about **goals**.' },
};
const secret: NewNote = { kind: 'session', visibility: 'private', content: { body: CANARY } };
const preparation: NewNote = { kind: 'preparation', visibility: 'private', content: { body: CANARY } };

async function past(pair: Pair): Promise<string> {
  return buildSession(app.database, pair.coach.accountId, pair.clientId, {
    startsInMinutes: -90,
    status: 'completed',
  });
}

async function events(type: string, coachId: string): Promise<Record<string, unknown>[]> {
  const rows = await app.database.many(sql<{ payload: Record<string, unknown> }>`
    select payload from outbox_messages where type = ${type} and coach_id = ${coachId} order by id`);
  return rows.map(({ payload }) => payload);
}

describe('Notes.create', () => {
  it('A17 A65 A55 a coach adds a shared note to a completed session, the client reads it', async () => {
    const pair = await app.pair();
    const sessionId = await past(pair);
    const note = await notes.create(pair.coach, sessionId, shared);
    expect(note).toMatchObject({
      visibility: 'shared',
      content: shared.content,
      version: 1,
      seenByClientAt: null,
    });
    await expect(queries.get(pair.client, note.id)).resolves.toMatchObject({ content: shared.content });
    await expect(queries.list(pair.client, sessionId, 10)).resolves.toHaveLength(1);
    expect(await events('notes.note_shared', pair.coach.accountId)).toEqual([{ noteId: note.id, sessionId }]);
  });

  it('A54 from the scheduled start on, and says how soon after the end it was written', async () => {
    const pair = await app.pair();
    const early = await buildSession(app.database, pair.coach.accountId, pair.clientId, {
      startsInMinutes: 1,
    });
    const refused = await notes.create(pair.coach, early, shared).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Conflict);
    expect(refused).toMatchObject({ code: 'notes.not_possible', extensions: { sessionStatus: 'scheduled' } });
    await advanceClock(app.database, 61);
    await expect(notes.create(pair.coach, early, shared)).resolves.toMatchObject({ addedWithinMinutes: 0 });
    await advanceClock(app.database, 75 * 60);
    await expect(notes.create(pair.coach, early, shared)).resolves.toMatchObject({ addedWithinMinutes: 15 });
  });

  it('A56 A57 A63 keeps its sections; those for the coach alone only in a private note', async () => {
    const pair = await app.pair();
    const sessionId = await past(pair);
    const open = { body: 'b', keyPoints: '- one', insights: 'aha' };
    const hidden = { ...open, observations: 'tense', approachChanges: 'slower', sensitiveInformation: 'ill' };
    const note = await notes.create(pair.coach, sessionId, { ...shared, content: open });
    await expect(queries.get(pair.client, note.id)).resolves.toMatchObject({ content: open });
    const own = await notes.create(pair.coach, sessionId, { ...secret, content: hidden });
    expect(own.content).toEqual(hidden);
    await expect(notes.create(pair.coach, sessionId, { ...shared, content: hidden })).rejects.toMatchObject({
      code: 'notes.private_sections',
      extensions: { sections: ['observations', 'approachChanges', 'sensitiveInformation'] },
    });
  });

  it('A11 A62 preparation is always private, needs no start, and reaches nobody but the coach', async () => {
    const pair = await app.pair();
    const sessionId = await buildSession(app.database, pair.coach.accountId, pair.clientId);
    const note = await notes.create(pair.coach, sessionId, preparation);
    await expect(queries.get(pair.coach, note.id)).resolves.toMatchObject({
      content: { body: CANARY },
      addedWithinMinutes: null,
    });
    await expect(queries.get(pair.client, note.id)).rejects.toBeInstanceOf(NotFound);
    await expect(queries.list(pair.client, sessionId, 10)).resolves.toEqual([]);
    await expect(
      notes.create(pair.coach, sessionId, { ...preparation, visibility: 'shared' }),
    ).rejects.toMatchObject({
      code: 'notes.preparation_is_private',
    });
    await expect(notes.edit(pair.coach, note.id, { share: true })).rejects.toBeInstanceOf(RuleViolation);
  });

  it('A53 takes a pasted text whole up to the limit, and names what is too long', async () => {
    const pair = await app.pair();
    const sessionId = await past(pair);
    const body = 'Zeile mit Ümlaut\n'.repeat(3_000).slice(0, 50_000);
    await expect(
      notes.create(pair.coach, sessionId, { ...secret, content: { body } }),
    ).resolves.toMatchObject({ content: { body } });
    const tooLong = notes.create(pair.coach, sessionId, {
      ...secret,
      content: { body: `${body}x`, insights: 'i'.repeat(10_001) },
    });
    const error = await tooLong.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Invalid);
    expect(error).toMatchObject({ errors: [{ pointer: '/body' }, { pointer: '/insights' }] });
    await expect(
      notes.create(pair.coach, sessionId, { ...secret, content: { body: ' <b></b> ' } }),
    ).rejects.toBeInstanceOf(Invalid);
  });

  it('A67 stores what is safe to show', async () => {
    const pair = await app.pair();
    const sessionId = await past(pair);
    const body = 'ok <script>x</script>[a](javascript:y)\u0000';
    await expect(
      notes.create(pair.coach, sessionId, { ...shared, content: { body } }),
    ).resolves.toMatchObject({ content: { body: 'ok [a](#)' } });
  });

  it('A62 nobody else writes: other coaches find no session, clients and admins may not', async () => {
    const [pair, stranger] = [await app.pair(), await app.pair()];
    const sessionId = await past(pair);
    await expect(notes.create(stranger.coach, sessionId, shared)).rejects.toBeInstanceOf(NotFound);
    await expect(notes.create(pair.client, sessionId, shared)).rejects.toBeInstanceOf(Forbidden);
    await expect(notes.create(await app.admin(), sessionId, shared)).rejects.toBeInstanceOf(Forbidden);
  });
});

describe('Notes.edit', () => {
  it('A65 keeps every version; what changes nothing makes none', async () => {
    const pair = await app.pair();
    const note = await notes.create(pair.coach, await past(pair), secret);
    const edited = await notes.edit(
      pair.coach,
      note.id,
      { body: 'second', sections: { insights: 'new' } },
      1,
    );
    expect(edited).toMatchObject({ version: 2, content: { body: 'second', insights: 'new' } });
    await expect(notes.edit(pair.coach, note.id, { body: 'second' })).resolves.toMatchObject({ version: 2 });
    await expect(notes.edit(pair.coach, note.id, { body: 'third' }, 1)).rejects.toBeInstanceOf(
      PreconditionFailed,
    );
    const cleared = await notes.edit(pair.coach, note.id, { sections: { insights: '' } });
    expect(cleared.content).toEqual({ body: 'second' });
    const history = await queries.history(pair.coach, note.id);
    expect(history.map(({ version, change, content }) => [version, change, content?.body])).toEqual([
      [1, 'created', CANARY],
      [2, 'edited', 'second'],
      [3, 'edited', 'second'],
    ]);
    await expect(queries.history(pair.client, note.id)).rejects.toBeInstanceOf(NotFound);
    await expect(queries.textAt(pair.coach, note.id, 1)).resolves.toEqual({ body: CANARY });
    for (const other of [pair.client, await app.admin()]) {
      await expect(queries.textAt(other, note.id, 1)).rejects.toBeInstanceOf(NotFound);
    }
  });

  it('A66 sharing a private note is confirmed and logged, and announced once; taking it back says that it was seen', async () => {
    const pair = await app.pair();
    const note = await notes.create(pair.coach, await past(pair), {
      ...secret,
      content: { body: 'for you' },
    });
    await expect(notes.edit(pair.coach, note.id, { visibility: 'shared' })).rejects.toMatchObject({
      code: 'notes.sharing_not_confirmed',
    });
    await expect(
      notes.edit(pair.coach, note.id, { visibility: 'shared', share: true }),
    ).resolves.toMatchObject({
      visibility: 'shared',
      seenByClientAt: null,
    });
    await expect(queries.get(pair.client, note.id)).resolves.toMatchObject({ content: { body: 'for you' } });
    const back = await notes.edit(pair.coach, note.id, { visibility: 'private' });
    expect(back.seenByClientAt).toBeInstanceOf(Date);
    expect(back.firstSharedAt).toBeInstanceOf(Date);
    await expect(queries.get(pair.client, note.id)).rejects.toBeInstanceOf(NotFound);
    await notes.edit(pair.coach, note.id, { share: true });
    expect(await events('notes.note_shared', pair.coach.accountId)).toHaveLength(1);
    const acts = await app.database.many(sql<{ action: string }>`
      select action from audit_entries where object_id = ${note.id}::uuid order by id`);
    expect(acts.map(({ action }) => action)).toEqual([
      'note.create',
      'note.share',
      'note.make_private',
      'note.share',
    ]);
  });

  it('A65 of many edits at once none is lost: each is a version', async () => {
    const pair = await app.pair();
    const note = await notes.create(pair.coach, await past(pair), secret);
    await Promise.all(
      Array.from({ length: 8 }, (_, index) => notes.edit(pair.coach, note.id, { body: `edit ${index}` })),
    );
    const history = await queries.history(pair.coach, note.id);
    expect(history.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(history.at(-1)?.content).toEqual((await queries.get(pair.coach, note.id)).content);
  });
});

describe('Notes.remove', () => {
  it('A65 takes the note away from both; its history stays with the coach', async () => {
    const pair = await app.pair();
    const sessionId = await past(pair);
    const note = await notes.create(pair.coach, sessionId, shared);
    await notes.remove(pair.coach, note.id);
    await expect(queries.get(pair.coach, note.id)).rejects.toBeInstanceOf(NotFound);
    await expect(queries.list(pair.client, sessionId, 10)).resolves.toEqual([]);
    await expect(notes.remove(pair.coach, note.id)).rejects.toBeInstanceOf(NotFound);
    const history = await queries.history(pair.coach, note.id);
    expect(history.map(({ change }) => change)).toEqual(['created', 'deleted']);
  });
});

describe('reading notes', () => {
  it('A62 an admin sees that a private note exists and no word of it, and every look is audited', async () => {
    const [pair, admin] = [await app.pair(), await app.admin()];
    const sessionId = await past(pair);
    const note = await notes.create(pair.coach, sessionId, secret);
    await expect(queries.get(admin, note.id)).resolves.toMatchObject({
      id: note.id,
      visibility: 'private',
      content: null,
    });
    await queries.list(admin, sessionId, 10);
    const history = await queries.history(admin, note.id);
    expect(history.map(({ content }) => content)).toEqual([null]);
    const looks = await app.database.many(sql`
      select 1 from audit_entries where object_id = ${note.id}::uuid and action = 'note.read' and actor_id = ${admin.accountId}::uuid`);
    expect(looks).toHaveLength(3);
  });

  it('A62 strangers find nothing', async () => {
    const [pair, stranger] = [await app.pair(), await app.pair()];
    const sessionId = await past(pair);
    const note = await notes.create(pair.coach, sessionId, shared);
    for (const other of [stranger.coach, stranger.client]) {
      await expect(queries.get(other, note.id)).rejects.toBeInstanceOf(NotFound);
      await expect(queries.history(other, note.id)).rejects.toBeInstanceOf(NotFound);
      await expect(queries.list(other, sessionId, 10)).rejects.toBeInstanceOf(NotFound);
      await expect(notes.edit({ ...other, kind: 'coach' }, note.id, { body: 'x' })).rejects.toBeInstanceOf(
        NotFound,
      );
    }
  });

  it('A65 pages from new to old', async () => {
    const pair = await app.pair();
    const sessionId = await past(pair);
    const made: string[] = [];
    for (let index = 0; index < 5; index += 1)
      made.push((await notes.create(pair.coach, sessionId, shared)).id);
    const first = await queries.list(pair.coach, sessionId, 3);
    expect(first.map(({ id }) => id)).toEqual(made.toReversed().slice(0, 4));
    const second = await queries.list(pair.coach, sessionId, 3, first[2]?.id);
    expect(second.map(({ id }) => id)).toEqual(made.toReversed().slice(3));
    await queries.list(pair.client, sessionId, 3);
    const seen = await queries.list(pair.coach, sessionId, 5);
    expect(seen.map(({ seenByClientAt }) => seenByClientAt !== null)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it('A63 no table holds a word of what was private', async () => {
    const pair = await app.pair();
    const sessionId = await past(pair);
    const note = await notes.create(pair.coach, sessionId, {
      ...secret,
      content: { body: CANARY, observations: CANARY, keyPoints: CANARY },
    });
    await notes.edit(pair.coach, note.id, { body: `${CANARY} still` });
    await notes.create(pair.coach, sessionId, shared);
    await notes.remove(pair.coach, note.id);
    const tables = await app.database.many(sql<{ name: string }>`
      select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`);
    expect(tables.length).toBeGreaterThan(20);
    for (const { name } of tables) {
      const dump = await app.database.many(
        sql<{ row: string }>`select t::text as row from ${sql.raw(`"${name}"`)} t`,
      );
      expect(
        dump.filter(
          ({ row }) =>
            row.includes('canary-7f3a') || row.includes(Buffer.from('canary-7f3a').toString('hex')),
        ),
      ).toEqual([]);
    }
    const history = await queries.history(pair.coach, note.id);
    expect(history[0]?.content?.observations).toBe(CANARY);
  });

  it('A63 a ciphertext moved to another note does not open', async () => {
    const pair = await app.pair();
    const sessionId = await past(pair);
    const [one, other] = [
      await notes.create(pair.coach, sessionId, secret),
      await notes.create(pair.coach, sessionId, secret),
    ];
    await app.database.execute(sql`
      update notes n set content_ciphertext = o.content_ciphertext from notes o where n.id = ${one.id} and o.id = ${other.id}`);
    await expect(queries.get(pair.coach, one.id)).rejects.toThrow('authenticate');
  });
});
