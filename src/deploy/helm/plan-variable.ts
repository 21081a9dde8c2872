/**
 * The environment variable with the file of a post-renderer's plan (`post-render.ts`). Where it is set, the program
 * runs as a post-renderer.
 */
export const planVariable = "DEVLOOP_POST_RENDER";
