/** Exit codes, as the reference tool has them: scripts depend on these. A cancelled command ends with `ok`. */
export const exitCode = { ok: 0, failed: 1, usage: 127 } as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];
