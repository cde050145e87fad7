import { Module } from '@nestjs/common';
import { CONFIG } from '@app/common';
import { AccessTokens } from './access-tokens.service';
import { ConnectionAttempts } from './connection-attempts.service';
import { Connections } from './connections.service';
import { OAUTH_PLATFORMS, oauthPlatforms } from './oauth/oauth-platforms';
import { TokenVault } from './token-vault';

@Module({
  providers: [
    AccessTokens,
    ConnectionAttempts,
    Connections,
    TokenVault,
    { provide: OAUTH_PLATFORMS, useFactory: oauthPlatforms, inject: [CONFIG] },
  ],
  exports: [ConnectionAttempts, Connections],
})
export class ConnectionsModule {}
