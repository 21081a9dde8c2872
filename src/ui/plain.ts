/**
 * The plain view: events as lines, in the order and form of the reference tool. Ordinary text goes to standard output,
 * diagnostics to standard error. Decides text and order only, from events alone.
 * Text of pods, builds, servers and file names in an event is shown without control sequences, except colours in
 * ordinary lines, which are reset at the end of the line.
 */
import type { Diagnostic } from "../diag/diagnostic.ts";
import { printDiagnostics, seenFrom } from "../diag/print.ts";
import type { Stamped } from "../event/bus.ts";
import type { Event, PathVerdict } from "../event/event.ts";
import { visible, visibleWithColours } from "../std/text/visible.ts";
import { inUrl } from "../std/url-host.ts";
import { logFields } from "./log-fields.ts";
import { LogPrefixes, type LogPrefixMode } from "./log-prefix.ts";
import { diagnosticPainter, type Paint } from "./paint.ts";
import { below, pathWords } from "./path-words.ts";
import { RecentLines } from "./recent.ts";
import { Sections } from "./sections.ts";
import { taskWords } from "./task-words.ts";
import { verdictWords } from "./verdict-words.ts";
import { bytes, count, seconds } from "./words.ts";

export const levels = ["error", "warn", "info", "debug"] as const;
export type Level = (typeof levels)[number];

export interface PlainOptions {
  /** Absent where only diagnostics are wanted. */
  readonly out?: (line: string) => void;
  readonly err: (text: string) => void;
  readonly paint: Paint;
  readonly level: Level;
  readonly timestamps: boolean;
  readonly logPrefix: LogPrefixMode;
  /** What is shown of a log's lines that are JSON; absent or empty: all of them. */
  readonly logFields?: readonly string[];
  /** Paths below this folder are shown relative to it. */
  readonly cwd: string;
}

export class PlainView {
  readonly #options: PlainOptions;
  readonly #sections: Sections;
  readonly #prefixes: LogPrefixes;
  readonly #tags = new Map<string, string>();
  readonly #waitTexts = new Map<string, string>();
  /** Artifacts that were tagged in this pass, and whose verdict is not known yet. */
  readonly #undecided = new Set<string>();
  /** Artifacts whose verdict came before their tag: images that the user gave. */
  readonly #early = new Set<string>();
  /** When each diagnostic was shown last. */
  readonly #complaints = new Map<string, number>();
  readonly #recent = new RecentLines();
  #tagged = false;
  /**
   * Diagnostics that came while tags are being made: they are shown below the tags, where a reader looks for them.
   * Absent outside of that time.
   */
  #untilTagged: string[] | undefined;
  /** How many objects were compared and left as they are. */
  #unchanged = 0;
  /**
   * Whether anything was deployed, and whether the number of unchanged objects was shown: it is shown at the start
   * only.
   */
  #deployed = false;
  #wrote = false;
  #started = false;
  #at = 0;

  constructor(options: PlainOptions) {
    this.#options = options;
    this.#sections = new Sections((line) => this.#line(line));
    this.#prefixes = new LogPrefixes(() => options.logPrefix, options.paint);
  }

  readonly show = ({ at, event }: Stamped): void => {
    this.#at = at;
    this.#show(event);
  };

  #show(event: Event): void {
    const { paint } = this.#options;
    switch (event.type) {
      case "phase":
        return this.#phase(event);
      case "tag":
        this.#tags.set(event.artifact, event.reference);
        if (!this.#early.delete(event.artifact)) this.#undecided.add(event.artifact);
        return this.#sections.add("tags", "Generating tags...", ` - ${event.artifact} -> ${event.reference}`);
      case "build-started":
        return this.#work(undefined, `Building [${event.artifact}]...`);
      case "build-step":
        return this.#buildStep(event);
      case "build-output":
        return this.#work(undefined, ` [${event.artifact}] ${event.line}`);
      case "build-ended":
        if (event.outcome === "done")
          this.#work(
            undefined,
            paint(`Build [${event.artifact}] succeeded`, "ok") + paint(` in ${seconds(event.seconds)}`, "dim"),
          );
        else
          this.#work(
            undefined,
            paint(
              `Build [${event.artifact}] ${event.outcome === "failed" ? "failed" : "was canceled"}`,
              event.outcome === "failed" ? "error" : "dim",
            ),
          );
        return;
      case "deliver":
        return this.#work(
          undefined,
          ` - ${event.image} -> ${deliverWords[event.how]} ${paint(`(${event.destination}, ${event.bytes ? `${bytes(event.bytes)}, ` : ""}${seconds(event.seconds)})`, "dim")}`,
        );
      case "apply":
        if (event.result === "unchanged") this.#unchanged++;
        else this.#wrote = true;
        if (event.result !== "unchanged" || this.#atLeast("info"))
          this.#work(undefined, ` - ${event.object} ${event.result}`);
        return;
      case "release":
        this.#wrote ||= event.result !== "kept";
        return this.#work(undefined, ` - release/${event.release} ${event.result} (revision ${event.revision})`);
      case "release-output":
        return event.line.trim() === "" ? undefined : this.#work(undefined, paint(`   ${event.line}`, "dim"));
      case "wait":
        return this.#wait(event);
      case "sync":
        return this.#line(`Syncing ${count(event.files.length + event.deleted.length, "file")} for ${event.artifact}`);
      case "log":
        return this.#line(
          this.#prefixes.line({ ...event, line: logFields(event.line, this.#options.logFields ?? []) }),
        );
      case "forward":
        return this.#forward(event);
      case "hook":
        return this.#hook(event);
      case "save":
        return this.#save(event);
      case "staying":
        this.#toldUnchanged();
        return this.#line("Press Ctrl+C to exit");
      case "watching":
        this.#toldUnchanged();
        this.#line("Press Ctrl+C to exit");
        return this.#line("Watching for changes...");
      case "cleanup":
        return this.#line(
          ` - ${event.object} ${event.result === "ending" ? "is still ending" : event.result}${event.why ? `: ${event.why}` : ""}`,
        );
      case "change":
        for (const verdict of event.verdicts)
          if (this.#atLeast(isActedOn(verdict) ? "info" : "debug"))
            this.#line(paint(` ~ ${below(event.path, this.#options.cwd)}: ${pathWords(verdict)}`, "dim"));
        return;
      case "task-planned":
        if (event.kind === "apply" && event.verdict.kind === "fresh") this.#unchanged++;
        if (event.kind === "build")
          this.#decided(event.task, event.verdict.kind === "fresh" ? "Found Locally" : "Not found. Building");
        // A deploy without builds has only look-ups in the place of build tasks.
        else if (event.task.startsWith("build:")) this.#decided(event.task, undefined);
        if (this.#atLeast("info") && event.verdict.kind !== "observe" && event.verdict.kind !== "kept") {
          this.#work(undefined, paint(` ? ${taskWords(event.task)}: ${verdictWords(event.verdict)}`, "dim"));
        }
        return;
      case "task-held":
        if (this.#atLeast("debug"))
          this.#work(undefined, paint(` . ${taskWords(event.task)} waits: ${holdWords(event.hold)}`, "dim"));
        return;
      case "task-ended":
        if (event.kind === "build") this.#decided(event.task, undefined);
        if (event.outcome === "failed") this.#complain(event.diagnostics ?? []);
        return;
      case "credential-plugin":
        return this.#plugin(event);
      case "diagnostic":
        return this.#complain([event.diagnostic]);
      case "notice":
        if (event.level === "warning" || this.#atLeast("info"))
          this.#once(
            `${paint(event.level === "warning" ? "warning" : "info", event.level === "warning" ? "warning" : "hint")}: ${visible(event.text)}`,
          );
        return;
      case "run-ended":
        // Writes all waiting lines, because no line will come before them any more.
        this.#release();
        this.#sections.reset();
        if (event.outcome === "ok") this.#toldUnchanged();
        return;
      case "run-started":
      case "pass-started":
      case "task-started":
      case "image-named":
        return;
    }
  }

  #phase(event: Event & { type: "phase" }): void {
    const { phase, status } = event;
    if (phase === "tags" && status === "started") {
      this.#release();
      this.#untilTagged = this.#options.out && [];
      this.#sections.reset();
      this.#undecided.clear();
      this.#early.clear();
      this.#unchanged = 0;
      this.#tagged = false;
    }
    if (phase === "tags" && status !== "started") {
      this.#tagged = true;
      this.#release();
      this.#sections.complete("tags");
      if (this.#undecided.size === 0) this.#sections.complete("cache");
    }
    if (phase === "deliver" && status === "started") this.#work("Delivering images...");
    if (phase === "deploy" && status === "started") {
      this.#deployed = true;
      const tags = [...this.#tags].sort().map(([artifact, tag]) => ` - ${artifact} -> ${tag}`);
      if (tags.length > 0) this.#work("Tags used in deployment:", ...tags);
      this.#work("Starting deploy...");
    }
    if (phase === "deploy" && status === "done" && !this.#started && !this.#wrote && this.#unchanged > 0)
      this.#work(undefined, ` - ${count(this.#unchanged, "object")} unchanged`);
    if (phase === "wait" && status === "started") {
      this.#waitTexts.clear();
      this.#work("Waiting for deployments to stabilize...");
    }
    if (phase === "wait" && status === "done")
      this.#work(undefined, `Deployments stabilized in ${seconds(event.seconds ?? 0)}`);
    if (phase === "cleanup" && status === "started") this.#line("Cleaning up...");
  }

  /** Says so where nothing had to change at the start, because an empty output would look like a failure. */
  #toldUnchanged(): void {
    if (!this.#started && !this.#deployed && this.#unchanged > 0)
      this.#line(`Nothing to deploy: ${count(this.#unchanged, "object")} unchanged`);
    this.#started = true;
  }

  /** Notes the verdict of one artifact; the work section begins once every tagged artifact has one. */
  #decided(task: string, words: string | undefined): void {
    const artifact = task.slice(task.indexOf(":") + 1);
    if (words !== undefined) this.#sections.add("cache", "Checking cache...", ` - ${artifact}: ${words}`);
    if (!this.#undecided.delete(artifact) && !this.#tagged) this.#early.add(artifact);
    if (this.#tagged && this.#undecided.size === 0) this.#sections.complete("cache");
  }

  #buildStep(event: Event & { type: "build-step" }): void {
    if (event.status === "started" || (event.name.startsWith("[internal]") && !this.#atLeast("debug"))) return;
    // The build was cancelled, by Ctrl-C or because another step failed: that is reported for the whole build.
    if (event.status === "failed" && /context canceled|: Canceled/.test(event.error ?? "")) return;
    const end =
      event.status === "cached"
        ? "CACHED"
        : event.status === "failed"
          ? this.#options.paint("FAILED", "error")
          : seconds(event.seconds ?? 0);
    this.#work(undefined, ` [${event.artifact}] ${event.name} ${this.#options.paint(end, "dim")}`);
  }

  /** A save in which no path counted (an editor's swap file, a log) is not shown. */
  #save({ what, paths, counted, seconds: took, why }: Event & { type: "save" }): void {
    if (what === "nothing" && counted === 0 && !this.#atLeast("debug")) return;
    const { paint, cwd } = this.#options;
    this.#line(
      paint(`${saveWords[what]} in ${seconds(took)}`, what === "failed" ? "error" : "ok") +
        (paths > 0 ? paint(` (${count(paths, "file")})`, "dim") : "") +
        (why === undefined ? "" : `: ${below(why, cwd)}`),
    );
  }

  #wait(event: Event & { type: "wait" }): void {
    const pending =
      event.pending === undefined || event.total === undefined
        ? ""
        : event.pending === 0
          ? ""
          : ` [${event.pending}/${event.total} deployment(s) still pending]`;
    // A failure is shown by the diagnostic that ends the wait.
    if (event.state === "failed") return;
    const text =
      event.state === "ready" ? ` - ${event.object} is ready.${pending}` : ` - ${event.object}: ${event.message}`;
    if (this.#waitTexts.get(event.object) === text) return;
    this.#waitTexts.set(event.object, text);
    this.#work(undefined, text);
  }

  #forward(event: Event & { type: "forward" }): void {
    const where = `${event.resource} in namespace ${event.namespace}, remote port ${event.port}`;
    if (event.status === "listening")
      this.#line(`Port forwarding ${where} -> http://${inUrl(event.address)}:${event.localPort}`);
    else if (this.#atLeast("info"))
      this.#line(
        this.#options.paint(`Port forwarding ${where}: ${event.status}${event.pod ? ` to ${event.pod}` : ""}`, "dim"),
      );
  }

  #hook(event: Event & { type: "hook" }): void {
    const { name, status, line = "" } = event;
    if (status === "started") this.#work(undefined, `Starting ${name} hooks...`);
    if (status === "done") this.#work(undefined, `Completed ${name} hooks`);
    if (status === "output") this.#work(undefined, this.#atLeast("info") ? `[${name}] ${line}` : line);
  }

  /** Shown at once, before all waiting lines, because the user has to act on it. */
  #plugin(event: Event & { type: "credential-plugin" }): void {
    const { plugin, context } = event;
    const name = plugin.slice(plugin.lastIndexOf("/") + 1);
    const text =
      event.status === "said"
        ? `[${name}] ${event.line}`
        : `Waiting for the credential plugin ${plugin} of the context "${context}"...`;
    if (event.status === "said") this.#recent.add(text);
    this.#options.err(`${visibleWithColours(text)}\n`);
  }

  #work(title: string | undefined, ...lines: readonly string[]): void {
    this.#sections.add("work", title, ...lines);
  }

  #complain(diagnostics: readonly Diagnostic[]): void {
    const shown = diagnostics
      .filter(({ severity }) => severity === "error" || this.#atLeast("warn"))
      .map((d) => this.#recent.unseen(seenFrom(this.#options.cwd, d)));
    if (shown.length === 0 || !this.#atLeast("error")) return;
    this.#once(printDiagnostics(shown, diagnosticPainter(this.#options.paint)));
  }

  /** Shows a diagnostic; the same one at the same time is shown once. */
  #once(text: string): void {
    const told = this.#complaints.get(text) ?? Number.NEGATIVE_INFINITY;
    this.#complaints.set(text, this.#at);
    if (this.#at - told <= sameCauseMs) return;
    if (this.#untilTagged) this.#untilTagged.push(text);
    else this.#options.err(`${text}\n`);
  }

  /** Writes the diagnostics that waited for the tags, and lets later ones through. */
  #release(): void {
    const waited = this.#untilTagged ?? [];
    this.#untilTagged = undefined;
    for (const text of waited) this.#options.err(`${text}\n`);
  }

  #line(text: string): void {
    if (!this.#options.out) return;
    this.#recent.add(text);
    const stamp = this.#options.timestamps ? `${new Date(this.#at).toISOString()} ` : "";
    this.#options.out(`${stamp}${visibleWithColours(text)}`);
  }

  #atLeast(level: Level): boolean {
    return levels.indexOf(this.#options.level) >= levels.indexOf(level);
  }
}

/** Many tasks fail at the same time where they have one cause, such as an absent server: it is shown once. */
const sameCauseMs = 1000;

const deliverWords = { present: "Found", tagged: "Tagged", delta: "Loaded", full: "Loaded", pushed: "Pushed" } as const;

function isActedOn({ kind }: PathVerdict): boolean {
  return kind !== "ignored" && kind !== "tool-made";
}

const saveWords = {
  sync: "Synced",
  rebuild: "Rebuilt and ready",
  render: "Applied",
  nothing: "Nothing to do, seen",
  failed: "Failed",
} as const;

function holdWords(hold: (Event & { type: "task-held" })["hold"]): string {
  if (hold.kind === "limit") return `at most ${hold.max} ${hold.of} at a time`;
  if (hold.kind === "barrier") return `for every ${hold.waitsFor.join(", ")}`;
  return hold.kind === "paused" ? "paused" : hold.what;
}
