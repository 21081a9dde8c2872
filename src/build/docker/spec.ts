/** What a Dockerfile build is told: the artifact's section with templates expanded and paths made absolute. */

export interface DockerSpec {
  /** Absolute directory. */
  readonly context: string;
  /** Absolute path. */
  readonly dockerfile: string;
  readonly target?: string;
  /** null: the value is taken from the environment that the build is started in. */
  readonly buildArgs: Readonly<Record<string, string | null>>;
  /**
   * Args that the section does not name (the run mode, images of required artifacts), each for a Dockerfile that declares
   * it; `buildArgs` win. null: it will have a value, which is not known before a required artifact is built.
   */
  readonly offered?: Readonly<Record<string, string | null>>;
  readonly network?: string;
  readonly addHost?: readonly string[];
  readonly cacheFrom?: readonly string[];
  readonly cliFlags?: readonly string[];
  readonly pull?: boolean;
  readonly noCache?: boolean;
  readonly squash?: boolean;
  readonly secrets?: readonly DockerSecret[];
  readonly ssh?: string;
  /** Absent: the engine's own platform. */
  readonly platform?: string;
  /** Default true. False: the engine's classic builder. */
  readonly useBuildkit?: boolean;
  /** Attach provenance to the image. It makes every build's image id a new one. */
  readonly provenance?: boolean;
}

export interface DockerSecret {
  readonly id: string;
  /** A file. Exactly one of the two is given, or neither: the environment variable named as the id. */
  readonly src?: string;
  readonly env?: string;
}
