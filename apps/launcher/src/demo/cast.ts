import type { ApiClient } from '../http/api-client';
import type { SandboxClient } from '../http/sandbox-client';
import type { ClientName } from './people';
import type { Practice } from './practice';

/** Who plays in the demo, and where. */
export interface Cast {
  admin: ApiClient;
  coach: ApiClient;
  clients: Record<ClientName, { id: string; client: ApiClient }>;
  practice: Practice;
  sandbox: SandboxClient;
  signal: AbortSignal;
}
