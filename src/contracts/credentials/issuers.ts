import type { MemberRole } from "../membership/member.ts";
import type { CredentialKind } from "../vocabulary.ts";

export interface IssuerRule {
	/** A member needs one of these roles to issue the kind. */
	readonly roles: readonly MemberRole[];
	/** Who must agree besides the issuer, and how the contract or the gate sees it. */
	readonly countersignedBy: "nobody" | "patient" | "ethics-board";
}

/** Kind → who may issue → who must countersign (PROTOCOL §4). The same table stands in SPEC.md; a test holds them together. */
export const issuerRules = {
	practitioner: { roles: ["hospital", "laboratory", "pharmacy"], countersignedBy: "nobody" },
	/** A researcher without a study needs nobody else; one for a study needs a current ethics approval of it by another member. */
	researcher: { roles: ["hospital", "laboratory", "research-centre"], countersignedBy: "ethics-board" },
	"ethics-approval": { roles: ["ethics-board"], countersignedBy: "nobody" },
	relationship: { roles: ["hospital", "laboratory", "pharmacy"], countersignedBy: "patient" },
	guardianship: { roles: ["hospital"], countersignedBy: "patient" },
	"compliance-officer": { roles: ["hospital", "laboratory", "research-centre", "pharmacy", "ethics-board"], countersignedBy: "nobody" },
	"model-operator": { roles: ["hospital", "laboratory", "research-centre", "pharmacy"], countersignedBy: "nobody" },
} as const satisfies Record<CredentialKind, IssuerRule>;
