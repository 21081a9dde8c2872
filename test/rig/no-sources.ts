/** Nothing but an engine holds images here. */
import type { Holders, Sources } from "../../src/image/source/open-source.ts";

export const noSources: Sources & Holders = { open: async () => undefined, holds: async () => false };
