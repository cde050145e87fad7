import { TestApp } from '../support/test-app';
import { World, type CoachWorld } from '../support/world';

interface Refusal {
  code: string;
  detail: string;
  errors?: { pointer: string; code: string; detail: string }[];
}

/** What a caller is told whose request cannot be read or does not fit: what is wrong, where, and what to send instead. */
describe('a request that is refused before any rule', () => {
  let app: TestApp;
  let coach: CoachWorld;

  beforeAll(async () => {
    app = await TestApp.start();
    coach = await new World(app).coach();
  });
  afterAll(() => app.stop());

  async function sent(body: string, contentType: string): Promise<{ status: number; body: Refusal }> {
    const answer = await fetch(`${app.url}/v1/auth/sign-in`, {
      method: 'POST',
      body,
      headers: { 'content-type': contentType },
    });
    return { status: answer.status, body: (await answer.json()) as Refusal };
  }

  it.each([
    ['an empty body', '', 'application/json', 400, 'http.empty_body', 'Send {}'],
    ['broken JSON', '{"email": ', 'application/json', 400, 'http.malformed_json', 'not JSON'],
    [
      'a name that attacks prototypes',
      '{"__proto__": 1}',
      'application/json',
      400,
      'http.malformed_json',
      '',
    ],
    ['another format', '<a/>', 'text/xml', 415, 'http.unsupported_media_type', 'application/json'],
    ['too much', JSON.stringify('x'.repeat(300_000)), 'application/json', 413, 'http.body_too_large', '256'],
  ])('%s is named', async (_what, body, contentType, status, code, words) => {
    const refused = await sent(body, contentType);
    expect(refused).toMatchObject({
      status,
      body: { code, detail: expect.stringContaining(words) as string },
    });
  });

  it.each([
    ['abc', 'is_int', 'must be an integer number'],
    [null, 'is_int', 'must be an integer number'],
    [-1, 'min', 'must not be less than 0'],
    [10_000_000_000, 'max', 'must not be greater than'],
  ])(
    'a buffer of %p minutes is refused for its kind first, then for its size',
    async (value, code, words) => {
      const refused = await coach.http.patch<Refusal>('/v1/settings', { bufferBeforeMinutes: value });
      expect(refused.status).toBe(400);
      expect(refused.body.errors).toEqual([
        { pointer: '/bufferBeforeMinutes', code, detail: expect.stringContaining(words) as string },
      ]);
    },
  );

  it('a page of -1 rows is too small, one of 1,000 too large', async () => {
    const small = await coach.http.get<Refusal>('/v1/sessions?limit=-1');
    const large = await coach.http.get<Refusal>('/v1/sessions?limit=1000');
    expect([small.body.detail, large.body.detail]).toEqual([
      '/limit: limit must not be less than 1',
      '/limit: limit must not be greater than 100',
    ]);
  });
});
