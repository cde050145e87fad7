import type { DomainEvent } from '@app/outbox';

interface ConnectionRef {
  coachId: string;
  id: string;
}

const event = (name: string, connection: ConnectionRef): DomainEvent => ({
  type: `connections.${name}`,
  coachId: connection.coachId,
  payload: { connectionId: connection.id },
});

/** Also when a connection that needed attention works again. */
export const connectionConnected = (connection: ConnectionRef): DomainEvent => event('connected', connection);

export const connectionNeedsAttention = (connection: ConnectionRef): DomainEvent =>
  event('needs_attention', connection);

export const connectionRemoved = (connection: ConnectionRef): DomainEvent => event('removed', connection);
