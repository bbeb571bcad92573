import type { Command } from "../command.ts";
import { consent } from "./consent.ts";
import { demo } from "./demo.ts";
import { history } from "./history.ts";
import { importCommand } from "./import.ts";
import { node } from "./node.ts";
import { verify } from "./verify.ts";

/** In the order in which somebody new would want them. */
export const commands: readonly Command[] = [demo, node, importCommand, consent, history, verify];
