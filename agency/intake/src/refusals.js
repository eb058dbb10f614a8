// Error responses to homes.

/** Return an error to throw, with status and body; the log also has the body. */
export const refusal = (status_code, body) => ({ status_code, body: `${body}\n`, ours: true });
