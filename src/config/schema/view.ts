/**
 * Typed reading of a validated tree: the compiler checks names and kinds of fields against the schema, so that a
 * renamed field cannot be read by its old name. A value of the wrong shape reads as absent; validation has reported it.
 */
import type { Place } from "../../diag/diagnostic.ts";
import { child, type MapNode, type Node, placeOf, type ScalarNode } from "../yaml/tree.ts";
import type { BoolType, Fields, IntType, ListType, MapType, ObjectType, PortType, StringType, Type } from "./type.ts";

type Named<F extends Fields, T extends Type> = {
  [K in keyof F]: F[K]["type"] extends T ? K : never;
}[keyof F] &
  string;
type FieldsOf<F extends Fields, K extends keyof F> = F[K]["type"] extends { readonly fields: Fields }
  ? F[K]["type"]["fields"]
  : F[K]["type"] extends { readonly of: { readonly fields: Fields } }
    ? F[K]["type"]["of"]["fields"]
    : never;

export class View<F extends Fields> {
  readonly node: MapNode;

  /** @param type used only for its static type */
  constructor(node: MapNode, _type: ObjectType<F>) {
    this.node = node;
  }

  has(name: keyof F & string): boolean {
    return child(this.node, name) !== undefined;
  }

  text(name: Named<F, StringType>): string | undefined {
    const value = this.#scalar(name)?.value;
    return typeof value === "string" ? value : undefined;
  }

  /** The scalar node itself, for a text whose place is needed. */
  scalar(name: Named<F, StringType>): ScalarNode | undefined {
    return this.#scalar(name);
  }

  bool(name: Named<F, BoolType>): boolean | undefined {
    const value = this.#scalar(name)?.value;
    return typeof value === "boolean" ? value : undefined;
  }

  int(name: Named<F, IntType>): number | undefined {
    const value = this.#scalar(name)?.value;
    return typeof value === "number" ? value : undefined;
  }

  port(name: Named<F, PortType>): number | string | undefined {
    const value = this.#scalar(name)?.value;
    return typeof value === "number" || typeof value === "string" ? value : undefined;
  }

  texts(name: Named<F, ListType<StringType>>): readonly string[] {
    return this.scalars(name).map(({ text }) => text);
  }

  scalars(name: Named<F, ListType<StringType>>): readonly ScalarNode[] {
    return this.#items(name).filter((item) => item.kind === "scalar");
  }

  /** A map of texts; null for a key without a value. */
  map(name: Named<F, MapType>): ReadonlyMap<string, ScalarNode | null> {
    const found = child(this.node, name);
    if (found?.kind !== "map") return new Map();
    return new Map(
      [...found.entries].flatMap(([key, { node }]) =>
        node.kind === "scalar" ? [[key, node.value === null ? null : node] as const] : [],
      ),
    );
  }

  object<K extends Named<F, ObjectType>>(name: K): View<FieldsOf<F, K>> | undefined {
    const found = child(this.node, name);
    return found?.kind === "map" ? new View<FieldsOf<F, K>>(found, noType) : undefined;
  }

  objects<K extends Named<F, ListType<ObjectType>>>(name: K): readonly View<FieldsOf<F, K>>[] {
    return this.#items(name).flatMap((item) => (item.kind === "map" ? [new View<FieldsOf<F, K>>(item, noType)] : []));
  }

  /** The place of a field's value, or of the object where the field is absent or not given. */
  place(name?: keyof F & string): Place {
    const found = name === undefined ? undefined : child(this.node, name);
    if (found) return placeOf(found);
    const first = this.node.entries.values().next().value;
    return placeOf(first ?? this.node);
  }

  #items(name: string): readonly Node[] {
    const found = child(this.node, name);
    return found?.kind === "list" ? found.items : [];
  }

  #scalar(name: string): ScalarNode | undefined {
    const found = child(this.node, name);
    return found?.kind === "scalar" ? found : undefined;
  }
}

/** Stands for the type of a child view: types are needed only by the compiler. */
const noType = { kind: "object", name: "", fields: {}, whole: false } as const as unknown as ObjectType<never>;
