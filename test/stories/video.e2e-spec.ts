import type { HttpClient } from '../support/http-client';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld } from '../support/world';

interface ConnectionAnswer {
  id: string;
  status: string;
  health: string;
  accountEmail: string;
  whatBreaksNext: string | null;
  howToFix: string | null;
}

const PAGE = { accept: 'text/html,application/xhtml+xml' };

let app: TestApp;
let world: World;

beforeAll(async () => {
  app = await TestApp.start({ now: '2027-02-26T10:00:00Z' });
  world = new World(app);
});
afterEach(() => app.sandbox.faults.clear());
afterAll(() => app.stop());

async function onlyConnection(http: HttpClient): Promise<ConnectionAnswer> {
  const { body } = await http.get<{ data: ConnectionAnswer[] }>('/v1/connections');
  const [connection] = body.data;
  if (connection === undefined) throw new Error('The coach has no connection.');
  return connection;
}

async function authorize(coach: CoachWorld, body: Record<string, unknown> = {}): Promise<URL> {
  const { body: answer } = await coach.http.post<{ url: string }>('/v1/connections/zoom/authorize', body);
  const consent = await fetch(
    `${answer.url}&sandbox_auto_approve=true&sandbox_user=${encodeURIComponent(coach.email)}`,
    {
      redirect: 'manual',
    },
  );
  return new URL(consent.headers.get('location') ?? '');
}

describe('a coach connects Zoom', () => {
  it('A162 sees the account, checks it, and is told what breaks and how to fix it', async () => {
    const coach = await world.coach({ hours: false, zoom: true });
    const connection = await onlyConnection(coach.http);
    expect(connection).toMatchObject({
      id: expect.stringMatching(/^con_/),
      status: 'connected',
      accountEmail: coach.email,
    });
    const checked = await coach.http.post<ConnectionAnswer>(`/v1/connections/${connection.id}/check`);
    expect(checked).toMatchObject({
      status: 200,
      body: { health: 'healthy', whatBreaksNext: null, howToFix: null },
    });

    app.sandbox.faults.inject({
      provider: 'zoom',
      operation: 'GET /v2/users/me',
      kind: 'server_error',
      times: 1,
    });
    const down = await coach.http.post<ConnectionAnswer>(`/v1/connections/${connection.id}/check`);
    expect(down.body).toMatchObject({ health: 'broken', howToFix: expect.stringContaining('Check again') });
  });

  it('comes back from Zoom once, to an address of ours only', async () => {
    const coach = await world.coach({ hours: false });
    const foreign = await coach.http.post('/v1/connections/zoom/authorize', {
      returnTo: 'https://evil.example/',
    });
    expect(foreign).toMatchObject({ status: 400, body: { code: 'connections.return_to' } });

    const back = await authorize(coach, { returnTo: '/docs' });
    const first = await app.http().get(`${back.pathname}${back.search}&iss=zoom&added=later`);
    expect([first.status, new URL(first.headers.get('location') ?? '').pathname]).toEqual([302, '/docs']);
    const again = await app.http().get(`${back.pathname}${back.search}`);
    expect(again).toMatchObject({ status: 400, body: { code: 'connections.state_invalid' } });
    const declined = await authorize(coach);
    declined.searchParams.delete('code');
    const no = await app.http().get(`${declined.pathname}${declined.search}&error=access_denied`);
    expect(no).toMatchObject({ status: 400, body: { code: 'connections.refused' } });
    expect((await app.http().get('/v1/connections/zoom/callback')).status).toBe(400);
    expect((await coach.http.post('/v1/connections/teams/authorize')).status).toBe(404);
  });

  it('shows a page to a browser', async () => {
    const coach = await world.coach({ hours: false });
    const back = await authorize(coach);
    const page = await app.http().get<string>(`${back.pathname}${back.search}`, PAGE);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.body).toContain('Your account is connected');
  });

  it('ends the connection here and at Zoom; somebody else cannot', async () => {
    const coach = await world.coach({ hours: false, zoom: true });
    const stranger = await world.coach({ hours: false });
    const { id } = await onlyConnection(coach.http);
    expect((await stranger.http.delete(`/v1/connections/${id}`)).status).toBe(404);
    expect((await stranger.http.post(`/v1/connections/${id}/check`)).status).toBe(404);
    expect((await coach.http.delete(`/v1/connections/${id}`)).status).toBe(204);
    expect((await coach.http.delete(`/v1/connections/${id}`)).status).toBe(404);
    expect((await coach.http.get('/v1/connections')).body).toEqual({ data: [] });
    await app.drain();
    expect(app.sandbox.zoom.tokens.at(-1)?.state).toBe('revoked');
    expect(await app.brokenInvariants()).toEqual([]);
  });
});

describe('coach and client meet', () => {
  let coach: CoachWorld;
  let client: ClientWorld;
  let sessionId: string;

  beforeAll(async () => {
    coach = await world.coach({ zoom: true });
    client = await world.client(coach);
    const offering = await world.offering(coach, { priceMinor: 0 });
    sessionId = (await world.book(client, offering, '2027-03-01T10:00:00Z', { funding: 'free' })).id;
    await app.drain();
  });

  const linkPath = async (): Promise<string> => {
    const { body } = await client.http.get<{ stableUrl: string }>(`/v1/sessions/${sessionId}/meeting`);
    return new URL(body.stableUrl).pathname;
  };

  it('A36, A37, A38, A39, A143, A167 both read link, id, password and dial-in; a stranger nothing', async () => {
    const asClient = await client.http.get(`/v1/sessions/${sessionId}/meeting`);
    expect(asClient.status).toBe(200);
    expect(asClient.body).toMatchObject({
      state: 'ready',
      platform: 'zoom',
      joinUrl: expect.stringContaining('/j/'),
      meetingId: expect.stringMatching(/^\d{11}$/),
      password: expect.any(String),
      waitingRoom: true,
      dialInReason: null,
    });
    expect((await coach.http.get(`/v1/sessions/${sessionId}/meeting`)).body).toEqual(asClient.body);
    expect(JSON.stringify(asClient.body)).not.toContain('zak=');
    const stranger = await world.coach({ hours: false });
    expect((await stranger.http.get(`/v1/sessions/${sessionId}/meeting`)).status).toBe(404);
    expect((await stranger.http.post(`/v1/sessions/${sessionId}/join`)).status).toBe(404);
  });

  it('A6 cannot join before 15 minutes to the start, in the app or by the link', async () => {
    const refused = {
      status: 409,
      body: { code: 'video.join_not_open', availableAt: '2027-03-01T09:45:00.000Z' },
    };
    expect(await client.http.post(`/v1/sessions/${sessionId}/join`)).toMatchObject(refused);
    expect(await app.http().get(await linkPath())).toMatchObject(refused);
    const page = await app.http().get<string>(await linkPath(), PAGE);
    expect([page.status, page.headers.get('content-type')]).toEqual([409, 'text/html; charset=utf-8']);
    expect(page.body).toContain('Joining opens 15 minutes before the start: Monday, March 1, 2027');
    expect(await app.http().get('/j/AAAAAAAAAAAAAAAAAAAAAAAA')).toMatchObject({
      status: 404,
      body: { code: 'video.link_not_found' },
    });
  });

  it('A44, A45, A49 join from then on: the coach as host, the client and the link as guest', async () => {
    await app.advanceTo('2027-03-01T09:45:00Z');
    const asClient = await client.http.post<{ url: string }>(`/v1/sessions/${sessionId}/join`);
    const asCoach = await coach.http.post<{ url: string }>(`/v1/sessions/${sessionId}/join`);
    expect([asClient.status, asCoach.status]).toEqual([200, 200]);
    expect(asCoach.body.url).toContain('/s/');
    expect(asClient.body.url).toContain('/j/');
    expect(asCoach.headers.get('cache-control')).toBe('no-store');
    const byLink = await app.http().get(await linkPath());
    expect([byLink.status, byLink.headers.get('location')]).toEqual([302, asClient.body.url]);
  });

  it('A7 no more after the end', async () => {
    await app.advanceTo('2027-03-01T11:00:01Z');
    expect(await client.http.post(`/v1/sessions/${sessionId}/join`)).toMatchObject({
      status: 409,
      body: { code: 'video.join_window_closed' },
    });
    const page = await app.http().get<string>(await linkPath(), PAGE);
    expect([page.status, page.body.includes('This session is over')]).toEqual([409, true]);
    expect(await app.brokenInvariants()).toEqual([]);
  });
});
