import { Body, Controller, Get, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { actorOf, type Principal } from '@app/accounts';
import { Clock } from '@app/common';
import { Packages, Purchases } from '@app/packages';
import { EntitlementQueries } from '@app/reporting';
import { EntitlementView } from '../entitlements/entitlement.dto';
import { shownEntitlement } from '../entitlements/entitlement.views';
import { Access } from '../http/access';
import { pageOf } from '../http/cursor';
import { decodeIdCursor, encodeIdCursor } from '../http/id-cursor';
import { Idempotent } from '../http/idempotency';
import { CurrentPrincipal, ExpectedVersion, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import { WithClientSecret } from '../sessions/client-secret.interceptor';
import {
  ChangePackageBody,
  NewPackageBody,
  PackageListQuery,
  PackagePageView,
  PackageView,
  PurchaseBody,
} from './package.dto';
import { changesOf, packageView } from './package.views';

const SORT = 'packages';
const RULES = ['packages.currency_differs', 'packages.price_below_minimum', 'packages.offering_unknown'];

/** Several sessions sold at once. */
@ApiTags('packages')
@Controller('packages')
export class PackagesController {
  constructor(
    private readonly packages: Packages,
    private readonly purchases: Purchases,
    private readonly entitlements: EntitlementQueries,
    private readonly clock: Clock,
  ) {}

  /** What is sold as several sessions at once */
  @Get()
  @Access({ roles: ['coach', 'client', 'admin'], object: 'package' })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() { limit, cursor, coachId, include }: PackageListQuery,
  ): Promise<PackagePageView> {
    const rows = await this.packages.list(principal, {
      coachId,
      limit,
      includeArchived: include === 'archived',
      after: decodeIdCursor('package', cursor, SORT),
    });
    return pageOf(rows, limit, (row) => encodeIdCursor('package', row.id, SORT), packageView);
  }

  /** One package */
  @Get(':id')
  @Access({ roles: ['coach', 'client', 'admin'], object: 'package' })
  @Problems({ 404: ['packages.not_found'] })
  async get(@CurrentPrincipal() principal: Principal, @IdParam('package') id: string): Promise<PackageView> {
    return packageView(await this.packages.find(principal, id));
  }

  /** Sell several sessions at once: the price is rounded to what can be charged in your currency */
  @Post()
  @Access({ roles: ['coach'], object: 'package' })
  @Problems({ 400: ['packages.name_invalid'], 422: RULES })
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() { price, expiryMeaning = 'bookBy', ...fields }: NewPackageBody,
  ): Promise<PackageView> {
    const wanted = { ...fields, expiryMeaning, priceMinor: price.amount, currency: price.currency };
    return packageView(await this.packages.create(principal.accountId, wanted, actorOf(principal)));
  }

  /** Change what is sold, or take it from sale; what was bought stays as it was bought */
  @Patch(':id')
  @Access({ roles: ['coach'], object: 'package' })
  @Problems({
    400: ['packages.name_invalid'],
    404: ['packages.not_found'],
    409: ['packages.archived'],
    412: ['http.version_mismatch'],
    422: RULES,
  })
  async patch(
    @CurrentPrincipal() principal: Principal,
    @IdParam('package') id: string,
    @Body() body: ChangePackageBody,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<PackageView> {
    const coachId = principal.accountId;
    return packageView(
      await this.packages.patch(coachId, id, changesOf(body), actorOf(principal), expectedVersion),
    );
  }

  /**
   * Buy it: pay with `payment.clientSecret`, or on a page of Stripe, within 24 hours; its sessions can be booked from the
   * payment on. A coach names the client who is to pay, and who is mailed a link for that
   */
  @Post(':id/purchases')
  @Idempotent()
  @WithClientSecret()
  @Access({ roles: ['client', 'coach'], object: 'package' })
  @Problems({
    404: ['packages.not_found', 'clients.not_found'],
    409: ['packages.archived', 'packages.price_outdated', 'payouts-not-ready', 'idempotency.in_progress'],
    422: ['packages.buyer', 'idempotency.key_reused'],
    429: ['packages.too_many_purchases'],
  })
  async purchase(
    @CurrentPrincipal() principal: Principal,
    @IdParam('package') id: string,
    @Body() { clientId }: PurchaseBody,
  ): Promise<EntitlementView> {
    const entitlementId = await this.purchases.open(principal, id, clientId);
    return shownEntitlement(this.entitlements, principal, entitlementId, await this.clock.now());
  }
}
