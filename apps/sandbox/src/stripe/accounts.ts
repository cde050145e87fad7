import { emit } from './events';
import { presentAccount } from './present-connect';
import { invalidRequest, resourceMissing } from './stripe-error';
import { mergeMetadata, type StripeModel } from './stripe-model';
import type { AccountLinkRow, AccountRow, DisabledReason, Metadata } from './stripe-rows';

const LINK_LIFETIME_SECONDS = 300;

export interface UpdateAccountParameters {
  business_profile?: Record<string, string>;
  business_type?: string;
  capabilities?: Record<string, { requested?: boolean }>;
  email?: string;
  metadata?: Metadata | '';
  settings?: { payouts?: { schedule?: { interval?: string } } };
}

export interface CreateAccountParameters extends UpdateAccountParameters {
  country?: string;
  default_currency?: string;
  type?: 'express' | 'custom' | 'standard';
  controller?: {
    fees?: { payer?: string };
    losses?: { payments?: string };
    requirement_collection?: string;
    stripe_dashboard?: { type?: string };
  };
}

export function findAccount(model: StripeModel, id: string, param = 'account'): AccountRow {
  const row = model.tables.accounts.get(id);
  if (!row) throw resourceMissing('account', id, param);
  return row;
}

/** A connected account, not yet able to take payments: somebody has to go through the onboarding page. */
export function createAccount(model: StripeModel, body: CreateAccountParameters): AccountRow {
  if (body.type && body.controller)
    throw invalidRequest('You may not specify both type and controller.', 'type');
  const row: AccountRow = {
    id: model.ids.text('acct_1', 16),
    created: model.clock.nowSeconds(),
    type: body.controller ? 'none' : (body.type ?? 'standard'),
    email: body.email ?? null,
    country: (body.country ?? 'US').toUpperCase(),
    default_currency: (body.default_currency ?? 'usd').toLowerCase(),
    business_type: body.business_type ?? null,
    business_profile: body.business_profile ?? {},
    controller: {
      feesPayer: body.controller?.fees?.payer ?? 'application',
      lossesPayments: body.controller?.losses?.payments ?? 'application',
      requirementCollection: body.controller?.requirement_collection ?? 'stripe',
      dashboard: body.controller?.stripe_dashboard?.type ?? 'express',
    },
    requestedCapabilities: requestedCapabilities(body, []),
    payoutInterval: body.settings?.payouts?.schedule?.interval ?? 'daily',
    details_submitted: false,
    restricted: false,
    metadata: mergeMetadata({}, body.metadata),
  };
  return model.tables.accounts.put(row);
}

export function updateAccount(
  model: StripeModel,
  row: AccountRow,
  body: UpdateAccountParameters,
): AccountRow {
  row.business_profile = { ...row.business_profile, ...body.business_profile };
  row.business_type = body.business_type ?? row.business_type;
  row.email = body.email ?? row.email;
  row.requestedCapabilities = requestedCapabilities(body, row.requestedCapabilities);
  row.payoutInterval = body.settings?.payouts?.schedule?.interval ?? row.payoutInterval;
  row.metadata = mergeMetadata(row.metadata, body.metadata);
  return saveAndTell(model, row);
}

function requestedCapabilities(body: UpdateAccountParameters, current: string[]): string[] {
  const names = new Set(current);
  for (const [name, { requested }] of Object.entries(body.capabilities ?? {})) {
    if (requested) names.add(name);
    else names.delete(name);
  }
  return [...names];
}

/** What the button of the onboarding page does: everything is there, the account may take payments. */
export function completeOnboarding(model: StripeModel, id: string): AccountRow {
  const row = findAccount(model, id);
  row.details_submitted = true;
  row.restricted = false;
  row.currentlyDue = [];
  row.pastDue = [];
  row.disabledReason = null;
  return saveAndTell(model, row);
}

/** Takes the account its rights (as Stripe does on a risk review) or gives them back. */
export function setRestricted(model: StripeModel, id: string, isRestricted: boolean): AccountRow {
  const row = findAccount(model, id);
  row.restricted = isRestricted;
  return saveAndTell(model, row);
}

export interface AccountNeeds {
  currentlyDue: string[];
  pastDue: string[];
  disabledReason: DisabledReason | null;
}

/** Stripe wants to know more: what is only due leaves the account as it is, what is past due takes its rights. */
export function askForMore(model: StripeModel, id: string, needs: AccountNeeds): AccountRow {
  const row = findAccount(model, id);
  row.currentlyDue = [...new Set([...needs.pastDue, ...needs.currentlyDue])];
  row.pastDue = needs.pastDue;
  row.disabledReason = needs.disabledReason;
  return saveAndTell(model, row);
}

function saveAndTell(model: StripeModel, row: AccountRow): AccountRow {
  model.tables.accounts.put(row);
  emit(model, 'account.updated', presentAccount(row), row.id);
  return row;
}

export interface AccountLinkParameters {
  account: string;
  type: string;
  return_url?: string;
  refresh_url?: string;
}

export function createAccountLink(model: StripeModel, body: AccountLinkParameters) {
  const account = findAccount(model, body.account);
  for (const name of ['return_url', 'refresh_url'] as const) {
    const url = body[name];
    if (!url) throw invalidRequest(`Missing required param: ${name}.`, name, 'parameter_missing');
    if (!/^https?:\/\//.test(url) || !URL.canParse(url))
      throw invalidRequest('Not a valid URL', name, 'url_invalid');
  }
  const link: AccountLinkRow = model.tables.accountLinks.put({
    id: model.ids.text(),
    account: account.id,
    return_url: body.return_url ?? '',
    refresh_url: body.refresh_url ?? '',
    expiresAtMs: model.clock.realMs() + LINK_LIFETIME_SECONDS * 1_000,
  });
  const created = model.clock.nowSeconds();
  return {
    object: 'account_link',
    created,
    expires_at: created + LINK_LIFETIME_SECONDS,
    url: `${model.settings.baseUrl}/setup/${account.id}/${link.id}`,
  };
}
