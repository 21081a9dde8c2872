/**
 * Environment variables as the configuration sees them: the process's own, then those of `devloop.env` beside the
 * config, then those of `skaffold.env` where devloop was started. Keeps which were asked for: a project depends on them.
 */
import type { TemplateFunction, Value } from "./template/value.ts";

export class Environment {
  readonly #variables: Readonly<Record<string, string | undefined>>;
  readonly #read = new Set<string>();
  #functions: ReadonlyMap<string, TemplateFunction> | undefined;
  readonly #make: (environment: Environment) => ReadonlyMap<string, TemplateFunction>;

  /**
   * @param layers earlier ones win
   * @param functions of templates; made when the first template is expanded
   */
  constructor(
    layers: readonly Readonly<Record<string, string | undefined>>[],
    functions: (environment: Environment) => ReadonlyMap<string, TemplateFunction> = () => new Map(),
  ) {
    this.#variables = Object.assign({}, ...[...layers].reverse());
    this.#make = functions;
  }

  get(name: string): string | undefined {
    this.#read.add(name);
    return Object.hasOwn(this.#variables, name) ? this.#variables[name] : undefined;
  }

  /** Names that were asked for, sorted. */
  read(): readonly string[] {
    return [...this.#read].sort();
  }

  functions(): ReadonlyMap<string, TemplateFunction> {
    this.#functions ??= this.#make(this);
    return this.#functions;
  }

  /** What a template sees: the given variables, then the environment's. */
  data(variables: Readonly<Record<string, string>>): ReadonlyMap<string, Value> {
    return new TemplateData(this, this.#variables, variables);
  }
}

/** Looks like a map of everything, and tells the environment what is looked up in it. */
class TemplateData extends Map<string, Value> {
  readonly #environment: Environment;
  readonly #given: Readonly<Record<string, string>>;

  constructor(
    environment: Environment,
    all: Readonly<Record<string, string | undefined>>,
    given: Readonly<Record<string, string>>,
  ) {
    super();
    this.#environment = environment;
    this.#given = given;
    for (const [name, value] of Object.entries({ ...all, ...given })) if (value !== undefined) this.set(name, value);
  }

  override get(name: string): Value {
    if (!Object.hasOwn(this.#given, name)) this.#environment.get(name);
    return super.get(name);
  }

  override has(name: string): boolean {
    if (!Object.hasOwn(this.#given, name)) this.#environment.get(name);
    return super.has(name);
  }
}
