// The yardstick: Fastify and pg, named statements, the same answers; no Nest, authentication, validation or logging.
import { createHash, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import Fastify from 'fastify';
import pg from 'pg';
import {
  BOOK,
  DETAILS,
  IDEMPOTENCY_LOOK,
  IDEMPOTENCY_STORE,
  LOCK,
  OFFERING,
  TAKEN,
  UPCOMING,
} from './statements.mjs';

pg.types.setTypeParser(20, Number);
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 8 });
const server = Fastify();
const require = createRequire(import.meta.url);
const { rememberingIds, rowView } = require('../../dist/apps/api/src/sessions/session.views.js');
const READER = { kind: 'coach', timezone: 'Europe/Berlin' };

server.get('/upcoming', async (request) => {
  const limit = Number(request.query.limit);
  const { rows } = await pool.query({ ...UPCOMING, values: [request.query.coachId, limit + 1] });
  const idOf = rememberingIds();
  const data = rows.slice(0, limit).map((row) => rowView(row, READER, idOf));
  return { data, nextCursor: null, hasMore: rows.length > limit };
});

server.post('/book', async (request, reply) => {
  const { offeringId, accountId, startsAt } = request.body;
  const key = request.headers['idempotency-key'];
  const client = await pool.connect();
  try {
    await client.query('begin');
    const {
      rows: [known],
    } = await client.query({ ...IDEMPOTENCY_LOOK, values: [accountId, 'POST /book', key] });
    if (!known.locked || known.fingerprint !== null)
      throw Object.assign(new Error('in progress'), { statusCode: 409 });
    const {
      rows: [offering],
    } = await client.query({ ...OFFERING, values: [offeringId, accountId] });
    const starts = new Date(startsAt);
    const ends = new Date(starts.getTime() + offering.duration_minutes * 60_000);
    await client.query({ ...LOCK, values: [offering.coach_id] });
    const {
      rows: [state],
    } = await client.query({ ...TAKEN, values: [offering.coach_id, starts, ends, offering.client_id] });
    if (state.taken) throw Object.assign(new Error('taken'), { statusCode: 409 });
    const id = randomUUID();
    await client.query({
      ...BOOK,
      values: [
        offering.coach_id,
        id,
        offering.client_id,
        offering.id,
        starts,
        ends,
        startsAt.slice(0, 19),
        offering.timezone,
        offering.name,
        offering.currency,
        offering.default_policy_id,
        JSON.stringify(offering.rules),
        state.now,
        accountId,
        offering.sort_name,
      ],
    });
    const {
      rows: [session],
    } = await client.query({ ...DETAILS, values: [offering.coach_id, id] });
    const fingerprint = createHash('sha256').update(JSON.stringify(request.body)).digest();
    await client.query({
      ...IDEMPOTENCY_STORE,
      values: [accountId, 'POST /book', key, fingerprint, JSON.stringify(session)],
    });
    await client.query('commit');
    return reply.status(201).send(session);
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
});

await server.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
