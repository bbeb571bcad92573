import type { AccessEntry, Purpose } from "#contracts";

const purposeWords: Readonly<Record<Purpose, string>> = {
	TREAT: "for treatment",
	ETREAT: "in an emergency",
	HPAYMT: "for payment",
	HOPERAT: "for running the institution",
	PUBHLTH: "for public health",
	PATSFTY: "for a safety check",
	HRESCH: "for research",
	CLINTRCH: "for a clinical trial",
	PATRQT: "at the patient's request",
	LOOKUP: "to find the patient",
	SYSTEM: "by rule of the system",
};

const actionWords: Readonly<Record<AccessEntry["action"], string>> = {
	read: "read",
	write: "wrote",
	lookup: "looked up",
	"open-terms": "opened the consents' terms",
	aggregate: "counted in statistics",
	compute: "let a model compute over",
	erase: "erased",
	import: "filed",
	"sign-off": "signed off an insight over",
	relabel: "labelled anew",
};

/**
 * One entry of an access log in plain words: when, who, what, what for, and what was decided.
 *
 * @param places - Of its leaf: more than one for a question over many patients, of whom it does not tell how many there were.
 */
export function describeEntry(entry: AccessEntry, places = 1): string {
	const { action, purpose, decision, compartments, level, count, emergencyReason, model, via, member, requesterKind } = entry;
	const what = compartments.length === 0 ? "" : ` ${compartments.join(", ")}`;
	const records = `${count} record${count === 1 ? "" : "s"}`;
	const how = action === "read" && compartments.length > 0 ? ` (${level}, ${records})` : count > 0 ? ` (${records})` : "";
	const through = requesterKind === "person" && via !== member ? ` through ${via}` : "";
	const outcome = decision === "permit" ? `permitted: ${reasons(entry)}` : `refused: ${reasons(entry)}`;
	return [
		`${new Date(entry.time).toISOString().slice(0, 19).replace("T", " ")}Z`,
		`${who(entry)}${through} ${actionWords[action]}${what}${how} ${purposeWords[purpose]}`,
		...(places === 1 ? [] : [`one question over up to ${places} patients`]),
		...(model === "" ? [] : [`model ${model}`]),
		...(entry.reasons.includes("PERMITTED_BY_LAW") ? [`use required by law ${entry.consents.at(-1) ?? ""}`] : []),
		...(emergencyReason === "" ? [] : ["an emergency reason is on record"]),
		outcome,
	].join(" · ");
}

function who({ requesterKind, requester, member }: AccessEntry): string {
	switch (requesterKind) {
		case "patient":
			return "the patient or a delegate";
		case "member":
			return `${member} itself`;
		case "system":
			return `the system of ${member}`;
		case "person":
			return `somebody with key ${requester.slice(0, 8)}…`;
	}
}

function reasons({ reasons }: AccessEntry): string {
	return reasons.length === 0 ? "no reason given" : reasons.map((reason) => reason.toLowerCase().replaceAll("_", " ")).join(", ");
}
