import { Conflict, NotFound, RuleViolation, TooMany } from '@app/common';
import type { EntitlementStatus } from './entitlement-record';

/** Also the answer for somebody else's package: ids cannot be probed. */
export class PackageNotFound extends NotFound {
  constructor() {
    super('packages.not_found', 'There is no such package.');
  }
}

export class PackageArchived extends Conflict {
  constructor() {
    super('packages.archived', 'This package is no longer sold.');
  }
}

/** The coach changed the currency of the practice since. */
export class PackagePriceOutdated extends Conflict {
  constructor(priceCurrency: string, coachCurrency: string) {
    super(
      'packages.price_outdated',
      `The price is in ${priceCurrency}, but the coach now charges in ${coachCurrency}.`,
    );
  }
}

/** One field of a package breaks a rule. */
export class PackageRefused extends RuleViolation {
  constructor(code: string, pointer: string, detail: string) {
    super(`packages.${code}`, detail, { errors: [{ pointer, code: `packages.${code}`, detail }] });
  }
}

/** A client buys for themselves; a coach says who is to pay. */
export class BuyerMisnamed extends RuleViolation {
  constructor(isSale: boolean) {
    const detail = isSale ? 'Name the client who is to pay.' : 'You buy for yourself: name no client.';
    super('packages.buyer', detail, { errors: [{ pointer: '/clientId', code: 'packages.buyer', detail }] });
  }
}

/** What a credit of a package pays that has to be used by its last day cannot begin after it (domain.md 11). */
export class StartsAfterExpiry extends RuleViolation {
  constructor(expiresOn: string, lastStart: Date) {
    const detail = `The package that pays the session is good until ${expiresOn}: it has to begin by then.`;
    super('packages.starts_after_expiry', detail, {
      help: 'The coach can extend the package: POST /v1/entitlements/{id}/extend.',
      extensions: { expiresOn, startsBefore: lastStart.toISOString() },
      errors: [{ pointer: '/startsAt', code: 'packages.starts_after_expiry', detail }],
    });
  }
}

export class TooManyPurchases extends TooMany {
  constructor(most: number) {
    super('packages.too_many_purchases', `Pay first: at most ${most} packages of a coach wait for payment.`);
  }
}

/** Also the answer for somebody else's entitlement. */
export class EntitlementNotFound extends NotFound {
  constructor() {
    super('entitlements.not_found', 'There is no such entitlement.');
  }
}

/** What is asked cannot be done with an entitlement in this state. */
export class EntitlementNotOpen extends Conflict {
  constructor(status: EntitlementStatus) {
    super(
      'entitlements.not_open',
      `The package is ${status.replace('_', ' ')}; this cannot be done with it.`,
      {
        extensions: { entitlementStatus: status },
      },
    );
  }
}

export class ExpiryRefused extends RuleViolation {
  constructor(detail: string) {
    super('entitlements.expiry_refused', detail, {
      errors: [{ pointer: '/expiresOn', code: 'entitlements.expiry_refused', detail }],
    });
  }
}

export class CreditsOutOfRange extends RuleViolation {
  constructor(remaining: number) {
    const detail = `At most ${remaining} credits can be taken away.`;
    super('entitlements.credits_out_of_range', detail, {
      extensions: { remaining },
      errors: [{ pointer: '/credits', code: 'entitlements.credits_out_of_range', detail }],
    });
  }
}

export class EntitlementQuoteNotFound extends NotFound {
  constructor() {
    super('quotes.not_found', 'There is no such quote for this entitlement.');
  }
}

export class EntitlementQuoteStale extends Conflict {
  constructor(afterRollback: () => Promise<Record<string, unknown>>) {
    super('quotes.stale', 'The quote has expired or no longer fits. A fresh one is attached.', {
      afterRollback,
    });
  }
}

/** No package of this client pays for such a session any more. */
export class NoCreditLeft extends Conflict {
  constructor() {
    super('entitlements.no_credit_left', 'No credit is left that pays for this session.', {
      help: 'GET /v1/entitlements shows what is left, for which offerings, and until when.',
    });
  }
}

/** The client's bank has the money of the package, or has kept it: nothing is paid by its credits meanwhile. */
export class PackageDisputed extends Conflict {
  constructor(packageName: string) {
    super(
      'entitlements.payment_disputed',
      `The payment of "${packageName}" is disputed, so its credits pay for nothing.`,
      {
        help: 'Once the dispute is won they can be used again. Another way to pay can be named as `funding`.',
      },
    );
  }
}
