// What a home is told instead of what it asked for.

/** Something to throw: status and body, which the log also names. */
export const refusal = (status_code, body) => ({ status_code, body: `${body}\n`, ours: true });
