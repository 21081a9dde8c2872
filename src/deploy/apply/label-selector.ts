/** Kubernetes' label selectors (`a=b,c!=d,e,!f,g in (x,y),h notin (z)`) on the labels of one object. Pure. */

/** Undefined for a text that is no selector. */
export function labelMatcher(selector: string): ((labels: Readonly<Record<string, string>>) => boolean) | undefined {
  const parts = selector.match(/(?:[^,(]|\([^)]*\))+/g) ?? [];
  const tests = parts.map((part) => requirement(part.trim()));
  if (!tests.every((test) => test !== undefined)) return undefined;
  return (labels) => tests.every((test) => test(labels));
}

type Test = (labels: Readonly<Record<string, string>>) => boolean;

function requirement(text: string): Test | undefined {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(text);
  if (set) {
    const [, key = "", how, list = ""] = set;
    const values = list.split(",").map((value) => value.trim());
    const isIn: Test = (labels) => labels[key] !== undefined && values.includes(labels[key]);
    return how === "in" ? isIn : (labels) => !isIn(labels);
  }
  const [, no, key = "", operator, value = ""] = /^(!?)\s*([\w./-]+)\s*(?:(!=|==|=)\s*([\w.-]*))?$/.exec(text) ?? [];
  if (key === "" || (no && operator)) return undefined;
  if (operator === undefined) return (labels) => (labels[key] === undefined) === (no === "!");
  return operator === "!=" ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
}
