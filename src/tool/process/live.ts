/**
 * Every child that lives, and how it is made to end. A child is the leader of its own process group, so a signal to the
 * group reaches whatever it started; a group counts as ended only when no member is left. A child that was lent the
 * terminal stays in our own group, and a signal reaches it alone. A target is the number that `kill` takes for either.
 *
 * Children also end with us. An orderly exit calls `killAll`. For the disorderly one (SIGKILL, a crash) a watchdog, one
 * tiny shell for all children, holds the read end of a pipe whose write end is ours: when we are gone it reads the end
 * of the pipe and ends the targets that were still open. It is started with the first child and costs nothing before.
 */
import { systemClock } from "../../std/clock.ts";

const pollMs = 10;

const watchdogScript = `
open=" "
while read -r op target; do
  case $op in
    +) open="$open$target " ;;
    -) case "$open" in *" $target "*) open="\${open%% $target *} \${open#* $target }" ;; esac ;;
  esac
done
[ -n "\${open# }" ] || exit 0
for target in $open; do kill -s TERM -- "$target" 2>/dev/null; done
sleep 1
for target in $open; do kill -s KILL -- "$target" 2>/dev/null; done
`;

const targets = new Set<number>();
let watchdog: Bun.Subprocess<"pipe", "ignore", "ignore"> | undefined;

/** The target of a child that leads its own group. */
export function groupOf(pid: number): number {
  return process.platform === "win32" ? pid : -pid;
}

/** Notes a target as living until the returned function is called. */
export function adopt(target: number): () => void {
  targets.add(target);
  tellWatchdog(`+ ${target}\n`);
  return () => {
    targets.delete(target);
    tellWatchdog(`- ${target}\n`);
  };
}

/** Targets that live now, for tests and for a last word to the user. */
export function living(): readonly number[] {
  return [...targets];
}

/** Ends every target at once, without a grace. For the second Ctrl-C and for exit. */
export function killAll(): void {
  for (const target of targets) send(target, "SIGKILL");
}

/** SIGTERM to the target, SIGKILL once `graceMs` have passed with something of it left. Resolves when that is done. */
export async function end(target: number, graceMs: number): Promise<void> {
  const deadline = systemClock.now() + graceMs;
  if (!send(target, "SIGTERM")) return;
  while (systemClock.now() < deadline) {
    await systemClock.sleep(pollMs);
    if (!send(target, 0)) return;
  }
  send(target, "SIGKILL");
}

/** False when nothing of the target is left. */
function send(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(target, signal);
    return true;
  } catch {
    return false;
  }
}

/**
 * Starts the watchdog where it does not run. To be called before a child is started: one that is started in the same
 * moment in which we are killed would else be known to nobody for as long as a shell takes to start.
 */
export function readyWatchdog(): void {
  if (process.platform === "win32" || (watchdog !== undefined && watchdog.exitCode === null)) return;
  watchdog = Bun.spawn(["/bin/sh", "-c", watchdogScript], {
    stdin: "pipe",
    stdout: "ignore",
    stderr: "ignore",
    detached: true,
    env: { PATH: process.env.PATH ?? "/usr/bin:/bin" },
  });
  watchdog.unref();
  if (targets.size > 0) write([...targets].map((target) => `+ ${target}\n`).join(""));
}

function tellWatchdog(line: string): void {
  if (process.platform === "win32") return;
  if (watchdog === undefined || watchdog.exitCode !== null) readyWatchdog();
  else write(line);
}

function write(lines: string): void {
  watchdog?.stdin.write(lines);
  void watchdog?.stdin.flush();
}
