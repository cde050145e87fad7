import { Body, Controller, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiTags } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { NotificationList } from '@app/notifications';
import { Access } from '../http/access';
import { pageOf } from '../http/cursor';
import { decodeIdCursor, encodeIdCursor } from '../http/id-cursor';
import { Idempotent } from '../http/idempotency';
import { CurrentPrincipal, ExpectedVersion, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import {
  ChangeNotificationBody,
  NotificationListQuery,
  NotificationPageView,
  NotificationView,
} from './notification.dto';
import { notificationView } from './notification.view';

const SORT = '-createdAt';

/** What people were told, and how each mail fared. */
@ApiTags('notifications')
@Controller('notifications')
export class NotificationsController {
  constructor(private readonly notifications: NotificationList) {}

  /** Your messages, newest first; with a session, for a coach also those to the client */
  @Get()
  @Access({ roles: ['coach', 'client', 'admin'], object: 'notification' })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() { limit, cursor, ...filter }: NotificationListQuery,
  ): Promise<NotificationPageView> {
    const before = decodeIdCursor('notification', cursor, SORT);
    const rows = await this.notifications.list(principal, {
      ...filter,
      limit,
      ...(before === undefined ? {} : { before }),
    });
    return pageOf(
      rows,
      limit,
      (row) => encodeIdCursor('notification', row.id, SORT),
      (row) => notificationView(row, principal),
    );
  }

  /** Mark one of your messages as read, or as unread again */
  @Patch(':id')
  @Access({ roles: ['coach', 'client', 'admin'], object: 'notification' })
  @Problems({ 404: ['notifications.not_found'], 412: ['http.version_mismatch'] })
  async patch(
    @CurrentPrincipal() principal: Principal,
    @IdParam('notification') id: string,
    @Body() { read }: ChangeNotificationBody,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<NotificationView> {
    return notificationView(
      await this.notifications.markRead(principal, id, read, expectedVersion),
      principal,
    );
  }

  /** Send the mail once more, about the state of now: the first may lie among unwanted mail */
  @Post(':id/resend')
  @HttpCode(202)
  @Idempotent()
  @Access({ roles: ['coach', 'client', 'admin'], object: 'notification' })
  @ApiAcceptedResponse({ type: NotificationView })
  @Problems({
    404: ['notifications.not_found'],
    409: ['notifications.not_resendable', 'idempotency.in_progress'],
    422: ['idempotency.key_reused'],
    429: ['notifications.sent_just_now'],
  })
  async resend(
    @CurrentPrincipal() principal: Principal,
    @IdParam('notification') id: string,
  ): Promise<NotificationView> {
    return notificationView(await this.notifications.resend(principal, id), principal);
  }
}
