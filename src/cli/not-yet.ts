/**
 * Commands of the reference tool that devloop does not have: the message for each, and which command to use instead.
 */

export const notYet: ReadonlyMap<string, string | undefined> = new Map([
  ["init", "write a skaffold.yaml by hand: `devloop schema get` prints its JSON schema, which editors complete from"],
  ["apply", "`devloop deploy` renders the manifests and applies them"],
  ["debug", undefined],
  ["exec", undefined],
  ["test", undefined],
  ["verify", undefined],
]);
