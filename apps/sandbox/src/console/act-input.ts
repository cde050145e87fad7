import { z } from 'zod';
import type { SandboxParts } from '../sandbox-parts';

/** The input of an act does not fit. */
export class InvalidInput extends Error {}

/** @throws InvalidInput naming every fault */
export function parse<Shape extends z.ZodType>(shape: Shape, input: unknown): z.infer<Shape> {
  const parsed = shape.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new InvalidInput(
    parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '),
  );
}

export type Act = (parts: SandboxParts, id: string, input: unknown) => object;

export const nothing = z.strictObject({});
export const authentication = z.strictObject({ success: z.boolean().default(true) });
/** What a client's browser sends: a card, and the client secret it was given. */
export const confirmation = z.strictObject({
  paymentMethod: z.string().min(1),
  clientSecret: z.string().optional(),
});

/** @throws InvalidInput when a client secret is given and is another's */
export function checkSecret(given: string | undefined, own: string): void {
  if (given !== undefined && given !== own)
    throw new InvalidInput('the client secret does not belong to this intent');
}

/** Stripe.js always has one. */
export const RETURN_URL = 'https://sandbox.invalid/return';
