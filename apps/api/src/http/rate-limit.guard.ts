import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { TooMany } from '@app/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { UNLIMITED } from './unlimited';
import { API_CONFIG, type ApiConfig } from '../config';

const WINDOW_SECONDS = 60;

/**
 * Protects this process: so many requests a minute per address. Tries of passwords and tokens have limits of
 * their own that all processes share (libs/accounts).
 */
@Injectable()
export class RateLimitGuard implements CanActivate {
  private readonly limiter: RateLimiterMemory;

  constructor(
    @Inject(API_CONFIG) private readonly config: ApiConfig,
    private readonly reflector: Reflector,
  ) {
    this.limiter = new RateLimiterMemory({ points: config.RATE_LIMIT_PER_MINUTE, duration: WINDOW_SECONDS });
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.reflector.get<boolean | undefined>(UNLIMITED, context.getClass()) === true) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const state = await this.limiter.consume(request.ip).catch((refused: unknown) => {
      if (refused instanceof RateLimiterRes) return refused;
      throw refused;
    });
    const resetSeconds = Math.ceil(state.msBeforeNext / 1000);
    void reply.header(
      'ratelimit-policy',
      `"default";q=${this.config.RATE_LIMIT_PER_MINUTE};w=${WINDOW_SECONDS}`,
    );
    void reply.header('ratelimit', `"default";r=${state.remainingPoints};t=${resetSeconds}`);
    if (state.consumedPoints > this.config.RATE_LIMIT_PER_MINUTE) {
      throw new TooMany(
        'http.too_many_requests',
        `More than ${this.config.RATE_LIMIT_PER_MINUTE} requests a minute.`,
        {
          extensions: { retryAfterSeconds: resetSeconds },
        },
      );
    }
    return true;
  }
}
