/** Nothing but an engine holds images here. */
import type { Sources } from "../../src/image/source/open-source.ts";

export const noSources: Sources = { open: async () => undefined };
