import type { Command } from "../command.ts";
import { backup } from "./backup.ts";
import { consent } from "./consent.ts";
import { demo } from "./demo.ts";
import { erase } from "./erase.ts";
import { fsck } from "./fsck.ts";
import { history } from "./history.ts";
import { importCommand } from "./import.ts";
import { invite } from "./invite.ts";
import { keys } from "./keys.ts";
import { lawful } from "./lawful.ts";
import { ledger } from "./ledger.ts";
import { log } from "./log.ts";
import { node } from "./node.ts";
import { object } from "./object.ts";
import { pgx } from "./pgx.ts";
import { portal } from "./portal.ts";
import { read } from "./read.ts";
import { restore } from "./restore.ts";
import { verify } from "./verify.ts";
import { witness } from "./witness.ts";

/** In the order in which somebody new would want them. */
export const commands: readonly Command[] = [
	demo,
	node,
	importCommand,
	invite,
	consent,
	read,
	lawful,
	object,
	history,
	verify,
	portal,
	pgx,
	erase,
	ledger,
	witness,
	fsck,
	backup,
	keys,
	restore,
	log,
];
