/**
 * The effective configuration of one module as a plain document of the newest version: profiles applied, defaults
 * written out, paths relative to the file made absolute, fields in the order of the schema. References to other modules
 * are left out, because those modules are documents of their own.
 */
import type { Json, JsonRecord } from "../../std/data/json.ts";
import { isJsonRecord } from "../../std/data/json.ts";
import type { Module } from "../project.ts";
import { absolutePath } from "../resolve/scope.ts";
import { config } from "../schema/sections/config.ts";
import type { Field, TemplateUse, Type } from "../schema/type.ts";
import { isNull, type MapNode, type Node, type ScalarNode, toJson } from "../yaml/tree.ts";
import { withDefaults } from "./defaults.ts";

export interface EffectiveOptions {
  readonly home: string;
  /** Replaces a text that may hold a template. Default: the text stays as it is written. */
  expand?(node: ScalarNode, use: TemplateUse): string;
}

export function effectiveConfig(tree: MapNode, module: Module, options: EffectiveOptions): JsonRecord {
  const written = new Writer(module.directory, options).object(tree, config.fields);
  const { requires: _, ...own } = written;
  return ordered(withDefaults(own, module), config) as JsonRecord;
}

class Writer {
  readonly #directory: string;
  readonly #options: EffectiveOptions;

  constructor(directory: string, options: EffectiveOptions) {
    this.#directory = directory;
    this.#options = options;
  }

  object(node: MapNode, fields: Readonly<Record<string, Field>>): JsonRecord {
    const found: Record<string, Json> = {};
    for (const [key, { node: value }] of node.entries) {
      const of = Object.hasOwn(fields, key) ? fields[key] : undefined;
      if (of && !isNull(value)) found[key] = this.#value(value, of.type, of);
    }
    return found;
  }

  #value(node: Node, type: Type, field: Field): Json {
    if (type.kind === "object" && node.kind === "map") return this.object(node, type.fields);
    if (type.kind === "list" && node.kind === "list")
      return node.items.map((item) => this.#value(item, type.of, field));
    if (type.kind === "map" && node.kind === "map")
      return Object.fromEntries(
        [...node.entries].map(([key, { node: value }]) => [key, this.#value(value, type.of, field)]),
      );
    if (node.kind !== "scalar" || type.kind !== "string") return toJson(node);
    const { expand, home } = this.#options;
    const text = expand && field.template && typeof node.value === "string" ? expand(node, field.template) : node.value;
    return field.filepath && typeof text === "string" ? absolutePath(text, this.#directory, home) : text;
  }
}

/** Fields in the order of the schema; free maps keep the order in which they were written. */
function ordered(value: Json, type: Type): Json {
  if (type.kind === "list" && Array.isArray(value)) return value.map((item: Json) => ordered(item, type.of));
  if (type.kind !== "object" || !isJsonRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(type.fields).flatMap(([key, field]) => {
      const found = value[key];
      return found === undefined ? [] : [[key, ordered(found, field.type)] as const];
    }),
  );
}
