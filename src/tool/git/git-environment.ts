/**
 * Environment variables that must not reach a program which works on a git repository of its own. Git sets them for
 * hooks, so a devloop started by a hook has them, and every git command would then use the user's repository, whatever
 * its working directory is.
 */
import type { EnvDelta } from "../process/command.ts";

/**
 * The list of `git rev-parse --local-env-vars`, over all git versions in use, and the variables that a push sets for
 * hooks.
 */
const localVariables = [
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_COMMON_DIR",
  "GIT_CONFIG",
  "GIT_CONFIG_COUNT",
  "GIT_CONFIG_PARAMETERS",
  "GIT_DIR",
  "GIT_GRAFT_FILE",
  "GIT_IMPLICIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_INTERNAL_SUPER_PREFIX",
  "GIT_NAMESPACE",
  "GIT_NO_REPLACE_OBJECTS",
  "GIT_OBJECT_DIRECTORY",
  "GIT_PREFIX",
  "GIT_QUARANTINE_PATH",
  "GIT_REPLACE_REF_BASE",
  "GIT_SHALLOW_FILE",
  "GIT_WORK_TREE",
];

/** Removes these variables from the environment of `git`, and of every program that starts `git` itself. */
export const withoutRepository: EnvDelta = Object.fromEntries(localVariables.map((name) => [name, undefined]));
