// What an intake needs besides itself. An error of that is no fault of the intake's: homes are
// told to come back (503), and the log says what it was.

/** To catch with. what: bucket, database, or temporary folder. */
export const about = (what) => (error) => {
  // Those of pg without a code say that no answer came, or that a connection was lost.
  const code = error.code ?? (error.name === "Error" ? "no answer" : undefined);
  throw Object.assign(error, { what, code });
};
