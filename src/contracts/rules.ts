import { access } from "./access/access.ts";
import { consent } from "./consent/consent.ts";
import type { Rules } from "./contract.ts";
import { credentials } from "./credentials/credentials.ts";
import { membership } from "./membership/membership.ts";
import { models } from "./models/models.ts";

/** The newest rules. A change of what they accept or write is a new version; the old bundle stays for replay (SPEC.md [RU1]). */
export const newestRules: Rules = { version: 1, contracts: { membership, credentials, consent, access, models } };
