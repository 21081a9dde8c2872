/**
 * Exit codes, equal to the reference tool's because scripts depend on them. A command that a signal ended before it was
 * done exits with 128 plus the signal's number, as a shell expects, so that `devloop build && devloop deploy` stops
 * there.
 */
export const exitCode = { ok: 0, failed: 1, usage: 127, hungUp: 129, interrupted: 130, terminated: 143 } as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];
