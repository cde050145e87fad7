interface PostgresError {
  code: string;
  constraint?: string;
}

function asPostgresError(error: unknown): PostgresError | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  const { code } = error;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? (error as PostgresError) : undefined;
}

/** True when the database refused the row by this constraint or unique index. */
export function violates(error: unknown, constraint: string): boolean {
  return asPostgresError(error)?.constraint === constraint;
}

/** Deadlock and serialisation failure: the same work may succeed when repeated. */
export function isRetryable(error: unknown): boolean {
  const code = asPostgresError(error)?.code;
  return code === '40P01' || code === '40001';
}

export function isLockTimeout(error: unknown): boolean {
  return asPostgresError(error)?.code === '55P03';
}

/** A statement that ran into the statement time-out. */
export function isStatementTimeout(error: unknown): boolean {
  return asPostgresError(error)?.code === '57014';
}

/** The server is gone, starting or stopping, or has no connection left. */
export function isDatabaseDown(error: unknown): boolean {
  const code = asPostgresError(error)?.code;
  if (code !== undefined) return code.startsWith('08') || code.startsWith('57P') || code === '53300';
  return (
    error instanceof Error &&
    /ECONNREFUSED|ECONNRESET|Connection terminated|timeout exceeded when trying to connect/.test(
      error.message,
    )
  );
}
