/** Names the file of a post-renderer's plan (`post-render.ts`); the program is a post-renderer where it is set. */
export const planVariable = "DEVLOOP_POST_RENDER";
