// Errors of the services that an intake depends on. Homes are told to retry (503), and the log
// names the service.

/** Return an error handler for one service: bucket, database, or temporary folder. */
export const about = (what) => (error) => {
  // Errors of pg without a code mean that there was no answer or that the connection was lost.
  const code = error.code ?? (error.name === "Error" ? "no answer" : undefined);
  throw Object.assign(error, { what, code });
};
