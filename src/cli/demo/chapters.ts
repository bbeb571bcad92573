import { audit, erasure, restoreDrill } from "./erasure.ts";
import { heartRisk } from "./insight.ts";
import { consents, institutions, records } from "./opening.ts";
import { emergency, revocation, verification } from "./patientsTurn.ts";
import type { Chapter } from "./story.ts";
import { drugTrial, population, specialist } from "./threeCases.ts";

/** The story in its order; the last chapter stops the network. */
export const chapters: readonly Chapter[] = [
	institutions,
	records,
	consents,
	drugTrial,
	specialist,
	population,
	heartRisk,
	verification,
	revocation,
	emergency,
	erasure,
	restoreDrill,
	audit,
];
