/** `.dockerignore` texts and what is left of one small context: for our reader alone, and for BuildKit beside it. */

/** Files of the context, their directories implied. */
export const ignoreTree = [
  "a.txt",
  "b.md",
  ".env",
  "docs/a.txt",
  "docs/b.md",
  "src/main.go",
  "src/lib/a.txt",
  "src/lib/x/deep.txt",
  "src/lib/x/deep.md",
  "vendor/lib/a.txt",
  "node_modules/p/index.js",
  "web/node_modules/p/index.js",
  "[x]/a.txt",
  "a+b/c.txt",
] as const;

export interface IgnoreCase {
  readonly title: string;
  readonly text: string;
  /** Files that are left, in the tree's order. */
  readonly left: readonly (typeof ignoreTree)[number][];
}

type Path = (typeof ignoreTree)[number];
const without = (...gone: Path[]) => ignoreTree.filter((path) => !gone.includes(path));
const below = (...roots: string[]) => ignoreTree.filter((path) => roots.some((root) => path.startsWith(root)));
const allBut = (gone: readonly Path[]) => ignoreTree.filter((path) => !gone.includes(path));

export const ignoreCases: readonly IgnoreCase[] = [
  { title: "nothing", text: "", left: ignoreTree },
  { title: "comments and empty lines", text: "# a.txt\n\n   \n#b.md\n", left: ignoreTree },
  { title: "a blank before a comment sign makes a pattern", text: " # a.txt\n", left: ignoreTree },
  { title: "a file", text: "a.txt\n", left: without("a.txt") },
  { title: "a name hides only at the top", text: "lib\n", left: ignoreTree },
  { title: "a directory with all below", text: "src\n", left: allBut(below("src/")) },
  { title: "a slash at the end", text: "src/\n", left: allBut(below("src/")) },
  { title: "a slash in front", text: "/src\n", left: allBut(below("src/")) },
  { title: "dots are resolved", text: "./docs/../src/./lib\n", left: allBut(below("src/lib/")) },
  { title: "a way out of the context", text: "../src\n", left: ignoreTree },
  { title: "blanks around", text: "  a.txt  \n", left: without("a.txt") },
  { title: "lines with carriage returns", text: "a.txt\r\nb.md\r\n", left: without("a.txt", "b.md") },
  { title: "a byte order mark", text: "\uFEFFa.txt\n", left: without("a.txt") },
  { title: "a star does not cross a slash", text: "*.md\n", left: without("b.md") },
  { title: "a star takes in hidden files", text: "*\n", left: [] },
  { title: "a star one level down", text: "*/*.md\n", left: without("docs/b.md") },
  { title: "a question mark", text: "?.txt\n", left: without("a.txt") },
  { title: "a class", text: "[ab].*\n", left: without("a.txt", "b.md") },
  { title: "a negated class", text: "[^a].md\n", left: without("b.md") },
  { title: "escaped brackets", text: "\\[x\\]\n", left: allBut(below("[x]/")) },
  { title: "a plus is a plus", text: "a+b\n", left: allBut(below("a+b/")) },
  { title: "a dot is a dot", text: "?env\n", left: without(".env") },
  {
    title: "two stars at the front: any depth, also none",
    text: "**/*.txt\n",
    left: allBut(ignoreTree.filter((path) => path.endsWith(".txt"))),
  },
  {
    title: "two stars before a name",
    text: "**/node_modules\n",
    left: allBut(below("node_modules/", "web/node_modules/")),
  },
  {
    title: "two stars at the end hide what is below, and the empty directory with it",
    text: "src/**\n",
    left: allBut(below("src/")),
  },
  {
    title: "two stars in the middle",
    text: "src/**/deep.md\n",
    left: without("src/lib/x/deep.md"),
  },
  { title: "two stars alone", text: "**\n", left: [] },
  { title: "two stars inside a name", text: "**ain.go\n", left: without("src/main.go") },
  { title: "an exception", text: "*\n!src\n", left: below("src/") },
  {
    title: "an exception below a hidden directory",
    text: "src\n!src/lib/a.txt\n",
    left: allBut(below("src/").filter((path) => path !== "src/lib/a.txt")),
  },
  { title: "the last one wins", text: "!a.txt\na.txt\n", left: without("a.txt") },
  { title: "an exception taken back", text: "*.md\n!b.md\nb.md\n", left: without("b.md") },
  { title: "an exception with a blank", text: "*\n! docs\n", left: below("docs/") },
  { title: "an exception with stars", text: "**\n!**/*.go\n", left: ["src/main.go"] },
  {
    title: "an exception by directory, one file of it hidden again",
    text: "*\n!src\nsrc/lib/x\n",
    left: ["src/main.go", "src/lib/a.txt"],
  },
  {
    title: "all but the sources of one kind",
    text: "*\n!src/**/*.txt\n",
    left: ["src/lib/a.txt", "src/lib/x/deep.txt"],
  },
];
