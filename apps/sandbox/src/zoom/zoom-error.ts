/** An answer in Zoom's error shape, `{code, message}` with a code of its own beside the HTTP status. */
export class ZoomError extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
    readonly errors?: Array<{ field: string; message: string }>,
  ) {
    super(message);
  }

  body(): object {
    return { code: this.code, message: this.message, ...(this.errors && { errors: this.errors }) };
  }
}

export function invalidField(field: string, message = 'Invalid field.'): ZoomError {
  return new ZoomError(400, 300, 'Validation Failed.', [{ field, message }]);
}

export function meetingMissing(id: string): ZoomError {
  return new ZoomError(404, 3001, `Meeting does not exist: ${id}.`);
}
