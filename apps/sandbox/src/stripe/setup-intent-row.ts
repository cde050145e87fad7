import type { Metadata } from './stripe-rows';

export type SetupIntentStatus =
  | 'requires_payment_method'
  | 'requires_confirmation'
  | 'requires_action'
  | 'succeeded'
  | 'canceled';

/** A card being saved for later. */
export interface SetupIntentRow {
  id: string;
  created: number;
  status: SetupIntentStatus;
  client_secret: string;
  usage: 'off_session' | 'on_session';
  customer: string | null;
  payment_method: string | null;
  automatic_payment_methods: { enabled: boolean; allow_redirects?: 'always' | 'never' } | null;
  description: string | null;
  cancellation_reason: string | null;
  last_setup_error: {
    code: string;
    decline_code?: string;
    message: string;
    paymentMethod: string;
  } | null;
  metadata: Metadata;
}
