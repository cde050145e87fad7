import type { SharedConfig } from '@app/common';
import type { ConnectionPlatform } from '../connection-record';
import type { OAuthPlatform } from './oauth-platform';
import { zoomOAuth } from './zoom-oauth';

export type OAuthPlatforms = Record<ConnectionPlatform, OAuthPlatform>;

/** Injection token of the map. */
export const OAUTH_PLATFORMS = Symbol('oauth platforms');

export function oauthPlatforms(config: SharedConfig): OAuthPlatforms {
  return { zoom: zoomOAuth(config) };
}
