/**
 * Which keys a version has where, written down as what each version changed: `@ version`, then `+ path: fields` for new
 * ones, `- path: fields` for those that went, `~ path: field OLD => NEW` for another type. A field is a name with `[]`
 * for a list or `{}` for a map of such, then a type: none for text, `:type`, `(fields)` for an object, `=Name` for one
 * that several places share and whose fields stand below `<Name>`. `(top)` is the document. Long lines go on indented.
 */

/** The keys of an object. Objects that share a name share this. */
export interface Shape {
  readonly fields: Map<string, FieldShape>;
}

export interface FieldShape {
  readonly kind: "one" | "list" | "map";
  /** `str`, `bool`, `int?`, `int|str`, `any`, `flat` for texts in any nesting, ...; for an object nothing. */
  readonly type: string;
  /** Absent for scalars, and for objects that are not looked into. */
  readonly shape?: Shape;
}

/** All objects of a version: the document and the shared ones. */
export class Shapes {
  readonly top: Shape = { fields: new Map() };
  readonly #shared = new Map<string, Shape>();

  /** Applies the changes of one version. */
  apply(lines: readonly string[]): void {
    // What went goes first: a field of the same name may have come in its place.
    const inOrder = [...lines.filter((line) => line.startsWith("-")), ...lines.filter((line) => !line.startsWith("-"))];
    for (const line of inOrder) {
      const [, sign, path = "", fields = ""] = /^([+~-]) (\S+): (.*)$/.exec(line) ?? [];
      const owner = this.#at(path);
      if (sign === "~") this.#change(owner, fields);
      else
        for (const field of split(fields)) {
          const name = /^\w+/.exec(field)?.[0] ?? "";
          if (sign === "-") owner.fields.delete(name);
          else owner.fields.set(name, this.#field(field.slice(name.length), owner.fields.get(name)));
        }
    }
  }

  #shape(name: string): Shape {
    const known = this.#shared.get(name);
    if (known) return known;
    const shape = { fields: new Map<string, FieldShape>() };
    this.#shared.set(name, shape);
    return shape;
  }

  /** The object at a path: `(top)`, `<Shared>.field`, `build.artifacts[].docker`. */
  #at(path: string): Shape {
    if (path === "(top)") return this.top;
    const [first = "", ...rest] = path.split(".");
    const shared = /^<(\w+)>$/.exec(first)?.[1];
    const keys = shared === undefined ? [first, ...rest] : rest;
    return keys.reduce(
      (shape, key) => {
        const name = key.replace(/\[\]$/, "");
        const found = shape.fields.get(name)?.shape;
        if (!found) throw new Error(`no object ${name} in ${path}`);
        return found;
      },
      shared === undefined ? this.top : this.#shape(shared),
    );
  }

  #change(owner: Shape, change: string): void {
    const [, name = "", list, type = ""] = /^(\w+)(\[\])? .*=> (.*)$/.exec(change) ?? [];
    const text = /^[(=]/.test(type) ? type : `:${type}`;
    owner.fields.set(name, this.#field((list ?? "") + text));
  }

  /** What follows the name of a field. */
  #field(text: string, before?: FieldShape): FieldShape {
    const [, container, rest = ""] = /^(\[\]|\{\})?(.*)$/s.exec(text) ?? [];
    const kind = container === "[]" ? "list" : container === "{}" ? "map" : "one";
    if (rest.startsWith("=")) return { kind, type: "", shape: this.#shape(rest.slice(1)) };
    if (rest === ":{}") return { kind, type: "", shape: before?.shape ?? { fields: new Map() } };
    if (!rest.startsWith("(")) return { kind, type: rest.slice(1) || "str" };
    const shape: Shape = { fields: new Map() };
    for (const field of split(rest.slice(1, -1))) {
      const name = /^\w+/.exec(field)?.[0] ?? "";
      shape.fields.set(name, this.#field(field.slice(name.length)));
    }
    return { kind, type: "", shape };
  }
}

/** The changes of every version of a text in the notation. */
export function changesIn(text: string): Map<string, string[]> {
  const versions = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("@ ")) {
      current = [];
      versions.set(line.slice(2), current);
    } else if (line.startsWith("  ")) current.push(`${current.pop() ?? ""} ${line.trim()}`);
    else if (line !== "") current.push(line);
  }
  return versions;
}

/** Fields of a list, separated by commas outside of brackets. */
function split(fields: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= fields.length; i++) {
    const c = fields[i];
    if (c === "(") depth++;
    else if (c === ")") depth--;
    else if (c === undefined || (c === "," && depth === 0)) {
      found.push(fields.slice(start, i).trim());
      start = i + 1;
    }
  }
  return found.filter((field) => field !== "");
}
