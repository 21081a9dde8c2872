#!/usr/bin/env bun
/** Writes `docs/config.md` from the schema. A test fails while the file differs from what this writes. */
import { join } from "node:path";
import { referencePage } from "../src/config/schema/reference.ts";

await Bun.write(join(import.meta.dir, "../docs/config.md"), referencePage());
