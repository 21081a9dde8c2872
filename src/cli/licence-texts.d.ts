/** Licence files of packages, which the bundler includes in the program as texts. */
declare module "*/LICENSE" {
  const text: string;
  export default text;
}

declare module "*/LICENSE.md" {
  const text: string;
  export default text;
}
