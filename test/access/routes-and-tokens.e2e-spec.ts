import { createPrivateKey } from 'node:crypto';
import { Controller, Get, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { sql } from '@app/database';
import { decodeJwt, decodeProtectedHeader, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import { Access } from '../../apps/api/src/http/access';
import { AccessCheck } from '../../apps/api/src/http/access.check';
import { documentedOperations } from '../support/api-document';
import { TestApp } from '../support/test-app';
import { World, type CoachWorld } from '../support/world';

/** Pages and machine rooms: not operations of the api, and each with a guard of its own (test/operations). */
const NOT_OPERATIONS = [/^\/docs(\/|$)/, /^\/openapi\.json$/, /^\/queues(\/|$)/, /^\/metrics$/];
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

describe('routes and tokens', () => {
  let app: TestApp;
  let world: World;
  let coach: CoachWorld;

  beforeAll(async () => {
    app = await TestApp.start();
    world = new World(app);
    coach = await world.coach({ hours: false });
  });

  afterAll(() => app.stop());

  it('has the routes of the document and no other', () => {
    const documented = documentedOperations().map(
      ({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, ':')}`,
    );
    const routes = routesOf(app.api).filter(
      (route) => !NOT_OPERATIONS.some((pattern) => pattern.test(route.split(' ')[1] ?? '')),
    );
    expect(routes.sort()).toEqual(documented.sort());
  });

  it('does not start with an operation that says nothing about access', async () => {
    @Controller('silent')
    class SilentController {
      @Get()
      @Access({ roles: ['admin'] })
      stated(): string {
        return 'stated';
      }

      @Get('forgotten')
      forgotten(): string {
        return 'forgotten';
      }
    }

    @Module({ imports: [DiscoveryModule], controllers: [SilentController], providers: [AccessCheck] })
    class SilentModule {}

    const built = await Test.createTestingModule({ imports: [SilentModule] }).compile();
    const silent = built.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), {
      logger: false,
    });
    await expect(silent.init()).rejects.toThrow('No access rule (@Access) on: SilentController.forgotten');
    await silent.close();
  });

  describe('a token', () => {
    const me = async (token: string): Promise<{ status: number; code: unknown }> => {
      const { status, body } = await app.http(token).get('/v1/me');
      return { status, code: body['code'] };
    };
    const refused = { status: 401, code: 'auth.token_invalid' };
    const good = (): string => coach.http.accessToken ?? '';
    /** Signed with the key of the api: only the changed claim or header is wrong with it. */
    const signed = (claims: JWTPayload, header: Record<string, string> = {}): Promise<string> => {
      const seed = Buffer.from(app.environment['TOKEN_SIGNING_KEY'] ?? '', 'base64');
      const key = createPrivateKey({
        key: Buffer.concat([PKCS8_PREFIX, seed]),
        format: 'der',
        type: 'pkcs8',
      });
      const protectedHeader = { ...decodeProtectedHeader(good()), alg: 'EdDSA', ...header };
      return new SignJWT({ ...decodeJwt(good()), ...claims }).setProtectedHeader(protectedHeader).sign(key);
    };

    it('is good as it was given, and as the test signs it', async () => {
      expect(await me(good())).toMatchObject({ status: 200 });
      expect(await me(await signed({}))).toMatchObject({ status: 200 });
    });

    it('A176 is refused without a signature', async () => {
      const [, payload] = good().split('.');
      const unsecured = new UnsecuredJWT(decodeJwt(good())).encode();
      const none = Buffer.from(JSON.stringify({ ...decodeProtectedHeader(good()), alg: 'none' })).toString(
        'base64url',
      );
      for (const token of [unsecured, `${none}.${payload}.`, `${none}.${payload}.${good().split('.')[2]}`])
        expect(await me(token)).toEqual(refused);
    });

    it('A176 is refused with a changed signature, with changed claims under the old one, and signed by a shared secret', async () => {
      const [header, payload, signature = ''] = good().split('.');
      const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
      const asAdmin = Buffer.from(
        JSON.stringify({ ...decodeJwt(good()), sub: coach.accountId, kind: 'admin' }),
      ).toString('base64url');
      const bySecret = await new SignJWT(decodeJwt(good()))
        .setProtectedHeader({ ...decodeProtectedHeader(good()), alg: 'HS256' })
        .sign(Buffer.from(app.environment['TOKEN_SIGNING_KEY'] ?? '', 'base64'));
      for (const token of [`${header}.${payload}.${flipped}`, `${header}.${asAdmin}.${signature}`, bySecret])
        expect(await me(token)).toEqual(refused);
    });

    it('A176 is refused for another audience or issuer, of another kind, expired, or from before a sign-out everywhere', async () => {
      const past = Math.floor(Date.now() / 1000) - 3_600;
      const tokens = [
        await signed({ aud: 'coaching-practice/mail' }),
        await signed({ iss: 'somebody-else' }),
        await signed({}, { typ: 'JWT' }),
        await signed({}, { kid: 'another-key' }),
        await signed({ iat: past - 900, exp: past }),
        await signed({ ver: 0 }),
        await signed({ sub: '00000000-0000-7000-8000-000000000000' }),
      ];
      for (const token of tokens) expect(await me(token)).toEqual(refused);
    });

    it('A176 is refused in the query, in a cookie and under another scheme', async () => {
      expect((await app.http().get(`/v1/me?access_token=${good()}`)).status).toBe(401);
      const elsewhere = [
        ['cookie', `access_token=${good()}`],
        ['authorization', `Basic ${good()}`],
        ['authorization', good()],
      ] as const;
      for (const [name, value] of elsewhere) {
        expect((await app.http().get('/v1/me', { [name]: value })).status).toBe(401);
      }
    });

    it('A176 ends with the next request when the account signs out everywhere or is disabled', async () => {
      const other = await world.coach({ hours: false });
      const second = await world.signedIn(other.accountId);
      expect((await other.http.post('/v1/auth/sign-out-everywhere')).status).toBe(204);
      expect(await me(second.accessToken ?? '')).toEqual(refused);
      const fresh = await world.signedIn(other.accountId);
      expect((await fresh.get('/v1/me')).status).toBe(200);
      await app.database.execute(
        sql`update accounts set disabled_at = clock_timestamp() where id = ${other.accountId}::uuid`,
      );
      expect(await me(fresh.accessToken ?? '')).toEqual(refused);
    });
  });
});

/** `GET /v1/sessions/:`, from the tree that the router prints. HEAD and OPTIONS follow from the others. */
function routesOf(api: NestFastifyApplication): string[] {
  const tree = api.getHttpAdapter().getInstance().printRoutes({ commonPrefix: false });
  const routes: string[] = [];
  const path: string[] = [];
  for (const line of tree.split('\n')) {
    const [, indent = '', rest = ''] = /^((?:│ {3}| {4})*)[├└]── (.*)$/.exec(line) ?? [];
    const [, segment = '', methods = ''] = /^(.*?)(?: \(([A-Z, ]+)\))?$/.exec(rest) ?? [];
    path.length = indent.length / 4;
    path.push(segment);
    for (const method of methods.split(', ').filter((name) => /^(GET|POST|PUT|PATCH|DELETE)$/.test(name)))
      routes.push(`${method} ${path.join('').replaceAll(/:[^/]+/g, ':')}`);
  }
  return routes;
}
