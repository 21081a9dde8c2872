/** `--trigger manual`: a newline on standard input handles the waiting changes. */
export function onNewline(act: () => void): Disposable {
  const { stdin } = process;
  const onData = (chunk: Buffer) => {
    if (chunk.includes(10)) act();
  };
  stdin.on("data", onData);
  return {
    [Symbol.dispose]() {
      stdin.off("data", onData);
      stdin.pause();
    },
  };
}
