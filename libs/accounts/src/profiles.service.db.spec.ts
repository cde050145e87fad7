import { PreconditionFailed } from '@app/common';
import { startAccounts, type AccountsUnderTest } from './accounts.test-module';
import { Accounts } from './accounts.service';
import { Clients } from './clients.service';
import { Profiles } from './profiles.service';
import { buildClient, buildCoach } from './testing';

let app: AccountsUnderTest;
let profiles: Profiles;

beforeAll(async () => {
  app = await startAccounts();
  profiles = app.module.get(Profiles);
});
afterAll(() => app.close());

describe('Profiles.patch', () => {
  it("shows a client's changes in the records of all their coaches, and only what was changed", async () => {
    const [one, other] = [await buildCoach(app.database), await buildCoach(app.database)];
    const first = await buildClient(app.database, one, {
      displayName: 'Kim Client',
      timezone: 'Europe/Berlin',
    });
    const second = await buildClient(app.database, other, {
      displayName: 'Kimmy',
      email: first.email,
      accountId: first.accountId,
    });
    const principal = await app.module.get(Accounts).principalOf(first.accountId ?? '');
    const profile = await profiles.patch(principal, { timezone: 'Asia/Tokyo', phone: '+81 3 1234' }, 1);
    expect(profile).toMatchObject({ timezone: 'Asia/Tokyo', phone: '+81 3 1234', version: 2 });
    const clients = app.module.get(Clients);
    await expect(clients.byId(one, first.id)).resolves.toMatchObject({
      timezone: 'Asia/Tokyo',
      displayName: 'Kim Client',
      version: 2,
    });
    await expect(clients.byId(other, second.id)).resolves.toMatchObject({
      phone: '+81 3 1234',
      displayName: 'Kimmy',
      version: 2,
    });
    expect(await app.messages('accounts.client_renamed')).toEqual([]);
    await profiles.patch(principal, { displayName: 'Kim Renamed' });
    await expect(clients.byId(other, second.id)).resolves.toMatchObject({ sortName: 'Renamed, Kim' });
    expect(await app.messages('accounts.client_renamed')).toHaveLength(2);
  });

  it('refuses a change of an old version and leaves a profile alone that says the same', async () => {
    const principal = await app.module.get(Accounts).principalOf(await buildCoach(app.database));
    await expect(profiles.patch(principal, { phone: '1' }, 9)).rejects.toThrow(PreconditionFailed);
    await expect(
      profiles.patch(principal, { displayName: principal.displayName, locale: 'EN' }),
    ).resolves.toMatchObject({ version: 1 });
  });
});
