/**
 * cli: the `aceso` command. Each command is a function of its words and an {@link Io}; `main.ts` runs them over a process's streams. A
 * command reaches a node through its socket, or opens the data folder itself where none runs: one path for both (`openNode`).
 *
 * It does not promise to protect the demonstration's keys, which lie in the data folder, and prints what the gate released as it is.
 */
export type { Command, Io } from "./command.ts";
export { commands } from "./commands/index.ts";
export { explainError } from "./explainError.ts";
