/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import "./noEval.ts";
import type { MemberId } from "#base";
import { type MandateBody, type MandatePatient, signRequest } from "#wallet";
import type { Question } from "../pages/allowPage.ts";
import { begin, byId, post, Refused, randomBytes, readData } from "./page.ts";
import { type Person, unlockByPasskey, unlockByPassphrase } from "./unlock.ts";

const question = readData<Question>("question");
const texts = readData<Readonly<Record<string, string>>>("texts");
let person: Person | undefined;

byId("passkey").addEventListener("click", () => begin(texts, async () => signedIn(await unlockByPasskey(question.member))));
byId("passphrase-form").addEventListener("submit", (event) => {
	event.preventDefault();
	begin(texts, async () => {
		byId("working").textContent = texts.signInWorking ?? "";
		const [name, passphrase] = [byId<HTMLInputElement>("name"), byId<HTMLInputElement>("passphrase")];
		try {
			signedIn(await unlockByPassphrase(question.member, name.value.trim().toLowerCase(), passphrase.value));
		} finally {
			byId("working").textContent = "";
			passphrase.value = "";
		}
	});
});
byId("allow").addEventListener("click", () => begin(texts, allow));

/** The same page goes on with what is asked. */
function signedIn(unlocked: Person): void {
	person = unlocked;
	byId("sign-in").hidden = true;
	byId("choices").hidden = false;
	byId("who").textContent = (texts.signedInAs ?? "").replace("{name}", `${unlocked.key.publicKey.slice(0, 8)}…`);
	if (unlocked.kind === "patient" && question.needsPatient && question.patient === undefined) {
		byId("patient-field").hidden = true;
		byId("patient-own").hidden = false;
		byId("patient-own").textContent = texts.patientOwn ?? "";
	}
	// What is shown is what is signed: a patient asks for themselves.
	if (unlocked.kind === "patient") byId("purpose").textContent = texts.ownPurpose ?? "";
	byId("allow").focus();
}

async function allow(): Promise<void> {
	if (person === undefined) return;
	const { key, patientId } = person;
	const chosen = chosenScopes();
	if (!chosen.some((scope) => question.scopes.includes(scope))) throw new Refused("NOTHING_CHOSEN");
	const patient = patientOf(person);
	const isOffline = chosen.includes("offline_access");
	const body: MandateBody = {
		kind: "mandate",
		client: question.client,
		scopes: chosen,
		...(patient === undefined ? {} : { patient }),
		purpose: person.kind === "patient" ? "PATRQT" : (question.purpose as MandateBody["purpose"]),
		level: question.level as MandateBody["level"],
		untilMs: Date.now() + (isOffline ? question.offlineMs : question.sittingMs),
		challenge: question.challenge,
	};
	const member = question.member as MemberId;
	const mandate = signRequest(key, body, { audience: member, via: member, nowMs: Date.now(), nonce: randomBytes(16) });
	const headers = { "x-aceso-csrf": question.csrf };
	const { location } = await post<{ readonly location: string }>(`/signin/${question.uid}/allow`, { mandate, patientId }, headers);
	window.location.assign(location);
}

/** Ticked scopes, in the order asked; `offline_access` only where its box is ticked. */
function chosenScopes(): string[] {
	const ticked = [...document.querySelectorAll<HTMLInputElement>("input.scope")].filter(({ checked }) => checked);
	const records = ticked.map(({ dataset }) => question.scopes[Number(dataset.at)] as string);
	const offline = document.getElementById("offline") as HTMLInputElement | null;
	return [...records, ...question.identityScopes.filter((scope) => scope !== "offline_access" || offline?.checked === true)];
}

function patientOf({ kind, key }: Person): MandatePatient | undefined {
	if (kind === "patient") return { by: "pseudonym", pseudonym: key.publicKey as never };
	if (!question.needsPatient) return undefined;
	const localId = question.patient ?? byId<HTMLInputElement>("patient").value.trim();
	if (localId === "") throw new Refused("PATIENT_MISSING");
	return { by: "local", localId };
}

// What came before this line works now.
document.body.dataset.ready = "yes";
