/** Who acts. People by their account id; the worker and the providers have none. */
export interface Actor {
  kind: 'coach' | 'client' | 'admin' | 'worker' | 'stripe' | 'zoom' | 'anonymous';
  accountId: string | null;
  requestId?: string;
}

export const WORKER: Actor = { kind: 'worker', accountId: null };
export const STRIPE: Actor = { kind: 'stripe', accountId: null };
