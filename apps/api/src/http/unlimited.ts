import { SetMetadata } from '@nestjs/common';

export const UNLIMITED = 'unlimited';

/** For callers that are proved by a signature and come in bursts from few addresses, such as Stripe. */
export function Unlimited(): ClassDecorator {
  return SetMetadata(UNLIMITED, true);
}
