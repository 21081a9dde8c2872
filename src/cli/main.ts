/** Entry: argv -> command -> exit code. */
console.log("devloop");
