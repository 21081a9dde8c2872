/** The input of a Dockerfile build: the artifact's section with templates expanded and paths made absolute. */

export interface DockerSpec {
  /** Absolute directory. */
  readonly context: string;
  /** Absolute path. */
  readonly dockerfile: string;
  readonly target?: string;
  /** null: the value is taken from the environment of the build. */
  readonly buildArgs: Readonly<Record<string, string | null>>;
  /**
   * Args that the section does not name (the run mode, images of required artifacts), each for a Dockerfile that
   * declares it; `buildArgs` win. null: the value is not known before a required artifact is built.
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
  /** Whether provenance is attached to the image, which gives every build another image id. */
  readonly provenance?: boolean;
}

export interface DockerSecret {
  readonly id: string;
  /**
   * A file. At most one of `src` and `env` is given; without both, the environment variable named like the id is used.
   */
  readonly src?: string;
  readonly env?: string;
}
