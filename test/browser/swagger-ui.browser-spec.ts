import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@app/database';
import ICAL from 'ical.js';
import { chromium, type Browser, type Page } from 'playwright-core';
import { AppProcess, ensureBuilt } from '../support/processes';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type Person, type SessionSummary } from '../support/world';

const SCREENSHOTS = join(__dirname, '..', '..', '.data', 'screenshots');
const DOCUMENT = JSON.parse(
  readFileSync(join(__dirname, '..', '..', 'apps', 'api', 'openapi.json'), 'utf8'),
) as { paths: Record<string, Record<string, { operationId: string; tags: string[] }>> };
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Under which heading the page has an operation. */
function tagOf(operationId: string): string {
  const operations = Object.values(DOCUMENT.paths).flatMap((ofPath) => Object.values(ofPath));
  const found = operations.find((operation) => operation.operationId === operationId);
  if (found === undefined) throw new Error(`There is no operation ${operationId}.`);
  return found.tags[0] ?? '';
}

describe('an admin works in Swagger UI', () => {
  let app: TestApp;
  let api: AppProcess;
  let browser: Browser;
  let page: Page;
  let admin: Person;
  let coach: CoachWorld;
  let client: ClientWorld;
  let session: SessionSummary;

  beforeAll(async () => {
    ensureBuilt();
    mkdirSync(SCREENSHOTS, { recursive: true });
    app = await TestApp.start({ now: '2027-02-20T09:00:00Z' });
    const world = new World(app);
    coach = await world.coach({ payouts: true, zoom: true });
    client = await world.client(coach);
    admin = await world.admin();
    session = await world.paidSession(client, await world.offering(coach), '2027-03-01T10:00:00Z');
    api = new AppProcess('api', await freePort(), { ...app.environment, LOG_LEVEL: 'error' });
    await api.start();
    browser = await chromium.launch({
      executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
      args: FLAGS,
    });
    page = await browser.newPage({ viewport: { width: 1280, height: 1400 } });
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await api.stop();
    await app.stop();
  });

  /** Opens an operation, fills its parameters and body, executes it, and gives the answer. */
  async function execute(
    operationId: string,
    parameters: Record<string, string>,
    body?: unknown,
  ): Promise<{ status: string; body: Record<string, unknown> }> {
    // The page draws what is in view; its address leads to the operation.
    await page.goto(`${api.url}/docs?at=${operationId}#/${tagOf(operationId)}/${operationId}`);
    const block = page.locator(`[id$="-${operationId}"].opblock`);
    await block.scrollIntoViewIfNeeded();
    if (!(await block.getAttribute('class'))?.includes('is-open'))
      await block.locator('.opblock-summary-control').first().click();
    for (const [name, value] of Object.entries(parameters)) {
      await block.locator(`tr[data-param-name="${name}"] input`).fill(value);
    }
    if (body !== undefined) await block.locator('textarea.body-param__text').fill(JSON.stringify(body));
    await block.locator('button.execute').click();
    const answer = block.locator('.live-responses-table .response');
    await answer.waitFor();
    const status = (await answer.locator('.response-col_status').innerText()).trim().split(/\s/)[0] ?? '';
    const text = await answer.locator('.highlight-code code').first().innerText();
    await page.screenshot({ path: join(SCREENSHOTS, `${operationId}.png`) });
    return { status, body: JSON.parse(text) as Record<string, unknown> };
  }

  it('signs in with Authorize, and stays signed in after a reload', async () => {
    await page.goto(`${api.url}/docs`);
    await page.locator('.btn.authorize').first().click();
    await page.locator('.auth-container input').fill(admin.http.accessToken ?? '');
    await page.locator('.auth-container button.authorize').click();
    await page.locator('.auth-container button.btn-done').click();
    await page.reload();
    await page.locator('.btn.authorize.locked').first().waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, 'authorized.png') });
  }, 60_000);

  it('A8 A82 finds the session, quotes, cancels by the quote, and sees the refund', async () => {
    const found = await execute('Sessions_get', { id: session.id });
    expect(found).toMatchObject({
      status: '200',
      body: { id: session.id, status: 'scheduled', paymentStatus: 'paid' },
    });
    const quote = await execute('Cancellations_quote', { id: session.id }, { refund: 'full' });
    expect(quote).toMatchObject({ status: '201', body: { refund: { amount: 9_000, currency: 'EUR' } } });
    // The Idempotency-Key field is left empty: the page fills one in.
    const cancelled = await execute(
      'Cancellations_cancel',
      { id: session.id },
      { quoteId: quote.body['id'], reason: 'asked by phone' },
    );
    expect(cancelled).toMatchObject({
      status: '200',
      body: { status: 'cancelled', paymentStatus: 'refund_pending' },
    });
    await app.drain();
    const refunds = await execute('Refunds_list', {});
    expect(refunds).toMatchObject({
      status: '200',
      body: { data: [{ status: 'succeeded', amount: { amount: 9_000 } }] },
    });
  }, 90_000);

  it('A49 A81 shows the mails in the mailbox page, with an invitation that a strict parser accepts', async () => {
    await page.goto(`${app.sandbox.urls.console}/mailbox`);
    await page.screenshot({ path: join(SCREENSHOTS, 'mailbox.png') });
    expect(await page.locator('body').innerText()).toContain(client.email);
    const invitations = app.sandbox.mailbox.to(client.email).filter((mail) => mail.icalendar !== null);
    const events = invitations.map((mail) =>
      new ICAL.Component(ICAL.parse(mail.icalendar ?? '')).getFirstSubcomponent('vevent'),
    );
    expect(events).toHaveLength(2);
    const [requested, cancelled] = events;
    expect(cancelled?.getFirstPropertyValue('uid')).toBe(requested?.getFirstPropertyValue('uid'));
    expect(cancelled?.getFirstPropertyValue('status')).toBe('CANCELLED');
    expect(Number(cancelled?.getFirstPropertyValue('sequence'))).toBeGreaterThan(
      Number(requested?.getFirstPropertyValue('sequence')),
    );
    await page.goto(app.sandbox.urls.console);
    await page.screenshot({ path: join(SCREENSHOTS, 'console.png'), fullPage: true });
  }, 60_000);
});
