/** Every builder there is, by its name in the configuration. A new builder is a file and a line here. */
import { dockerBuilder } from "./docker/builder.ts";

export const builders = { docker: dockerBuilder() } as const;
