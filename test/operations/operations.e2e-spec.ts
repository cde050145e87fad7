import { TestApp } from '../support/test-app';
import { PASSWORD, World } from '../support/world';

describe('running it', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });

  afterAll(() => app.stop());

  it('is live and ready', async () => {
    expect(await app.http().get('/health/live')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await app.http().get('/health/ready')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  it('shows metrics only to who knows the token', async () => {
    expect((await app.http().get('/metrics')).status).toBe(401);
    expect(
      (await app.http().get('/metrics', { authorization: 'Bearer wrong-token-of-the-tests--' })).status,
    ).toBe(401);
    const answer = await app
      .http()
      .get<string>('/metrics', { authorization: 'Bearer metrics-token-of-the-tests' });
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('http_request_seconds');
  });

  it('keeps the queue board behind an admin sign-in, however the path is written', async () => {
    for (const path of [
      '/queues',
      '/queues/',
      '/queues/api/queues',
      '/queues/api/queues/payments/pause',
      '/queues/%61pi/queues',
    ]) {
      const answer = await app.http().get(path);
      expect([path, [303, 404].includes(answer.status)]).toEqual([path, true]);
    }
    expect((await app.http().get('//queues')).status).toBe(404);
    expect(
      (await app.http().post('/queues/sign-in', { email: 'nobody@demo.test', password: 'wrong password' }))
        .status,
    ).toBe(401);
  });

  it('answers unknown paths and broken bodies with a problem', async () => {
    const missing = await app.http().get('/v1/nothing');
    expect(missing).toMatchObject({
      status: 404,
      body: { code: 'http.route_not_found', requestId: expect.stringMatching(/^req_/) },
    });
    expect(missing.headers.get('content-type')).toContain('application/problem+json');
    const broken = await fetch(`${app.url}/v1/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{',
    });
    expect(broken.status).toBe(400);
  });

  it('sends security headers and a request id', async () => {
    const { headers } = await app.http().get('/health/live');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(headers.get('content-security-policy')).not.toContain('upgrade-insecure-requests');
    expect(headers.get('x-request-id')).toMatch(/^req_/);
    expect(headers.get('ratelimit')).toMatch(/^"default";r=\d+;t=\d+$/);
  });

  it('A181 holds every invariant on an empty database', async () => {
    expect(await app.brokenInvariants()).toEqual([]);
  });
});

describe('running it with DOCS=admin', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start({ environment: { DOCS: 'admin' } });
  });

  afterAll(() => app.stop());

  it('shows the document and Swagger UI to admins alone, however the path is written', async () => {
    for (const path of [
      '/docs',
      '/docs/',
      '/docs/swagger-ui-init.js',
      '/%64ocs',
      '/openapi.json',
      '/openapi%2ejson',
    ]) {
      const answer = await app.http().get(path);
      expect([path, [303, 404].includes(answer.status)]).toEqual([path, true]);
    }
    const admin = await new World(app).admin();
    expect((await admin.http.get('/openapi.json')).status).toBe(200);
    const form = new URLSearchParams({ email: admin.email, password: PASSWORD });
    const signedIn = await fetch(`${app.url}/docs/sign-in`, {
      method: 'POST',
      body: form,
      redirect: 'manual',
    });
    expect(signedIn.status).toBe(303);
    const cookie = signedIn.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/Path=\/docs; HttpOnly; SameSite=Strict/);
    const page = await app.http().get('/docs', { cookie: cookie.split(';')[0] ?? '' });
    expect(page.status).toBe(200);
  });
});
