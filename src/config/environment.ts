/**
 * Environment variables for the configuration: the process's own, then those of `devloop.env` beside the config, then
 * those of `skaffold.env` in the folder where devloop was started. The names that were read are recorded, because the
 * project depends on their values.
 */
import type { TemplateFunction, Value } from "./template/value.ts";

export class Environment {
  readonly #variables: Readonly<Record<string, string | undefined>>;
  readonly #read = new Set<string>();
  #functions: ReadonlyMap<string, TemplateFunction> | undefined;
  readonly #make: (environment: Environment) => ReadonlyMap<string, TemplateFunction>;

  /**
   * @param sources variables; an earlier source wins
   * @param functions makes the functions of templates, when the first template is expanded
   */
  constructor(
    sources: readonly Readonly<Record<string, string | undefined>>[],
    functions: (environment: Environment) => ReadonlyMap<string, TemplateFunction> = () => new Map(),
  ) {
    this.#variables = Object.assign({}, ...[...sources].reverse());
    this.#make = functions;
  }

  get(name: string): string | undefined {
    this.#read.add(name);
    return Object.hasOwn(this.#variables, name) ? this.#variables[name] : undefined;
  }

  /** Names of the variables that were read, sorted. */
  read(): readonly string[] {
    return [...this.#read].sort();
  }

  functions(): ReadonlyMap<string, TemplateFunction> {
    this.#functions ??= this.#make(this);
    return this.#functions;
  }

  /** The data of a template: the given variables, then those of the environment. */
  data(variables: Readonly<Record<string, string>>): ReadonlyMap<string, Value> {
    return new TemplateData(this, this.#variables, variables);
  }
}

/**
 * A map for templates that reads a variable only when the template asks for it, so that the environment records the
 * name.
 */
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
