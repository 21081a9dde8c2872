/** Commands of the reference tool that devloop does not have: who types one is told so, and what does the work today. */

export const notYet: ReadonlyMap<string, string | undefined> = new Map([
  ["init", "write a skaffold.yaml by hand: `devloop schema get` prints its JSON schema, which editors complete from"],
  ["apply", "`devloop deploy` renders the manifests and applies them"],
  ["debug", undefined],
  ["exec", undefined],
  ["test", undefined],
  ["verify", undefined],
]);
