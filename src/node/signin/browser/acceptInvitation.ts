/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import "./noEval.ts";
import {
	canonicalBytes,
	createSigningKey,
	type Digest,
	decodeHex,
	encodeHex,
	type MemberId,
	makePasskey,
	type Pseudonym,
	type Signature,
	type SigningKey,
	sha256Hex,
} from "#base";
import { rotationMessage } from "#contracts";
import {
	buildEnrol,
	createWallet,
	decodeWords,
	encodeWords,
	judgePassphrase,
	type KeepKeyBody,
	keyOfPrf,
	keysOfPassphrase,
	type LockedKind,
	lockSecret,
	readCommon,
	sealNote,
	signRequest,
} from "#wallet";
import { begin, byId, post, Refused, randomBytes, readData, showFault } from "./page.ts";
import { beginPasskey } from "./unlock.ts";

interface Invited {
	readonly kind: "staff" | "patient";
	readonly name?: string;
	readonly patientId?: string;
	/** Name of the house's identity provider, where the key is to be left by it. */
	readonly provider?: string;
	readonly member: string;
	readonly house: string;
	readonly chain: string;
	readonly timeMs: number;
}

/** How the locked copy is asked for again, and the key that locks it. */
interface Lock {
	readonly by: "prf" | "passphrase" | "provider";
	readonly key: Uint8Array;
	readonly salt: string;
	readonly login: object;
}

const texts = readData<Readonly<Record<string, string>>>("texts");
const token = window.location.hash.slice(1);
// The secret goes from the address line and the history at once.
window.history.replaceState(null, "", window.location.pathname);
let invited: Invited;
/** A wallet's seed, or the secret half of a ledger key. */
let secret: Uint8Array | undefined;
let checkedWord = 0;

byId("new-wallet").addEventListener("click", () => begin(texts, makeWallet));
byId("old-wallet").addEventListener("click", () => show("words-typed", "typed"));
onSubmit("words-check", checkWord);
onSubmit("words-typed", readWords);
byId("lock-passkey").addEventListener("click", () => begin(texts, async () => finish(await lockByPasskey())));
byId("provider-done").addEventListener("click", () => begin(texts, async () => finish(await lockByProvider())));
onSubmit("lock-passphrase", async () => finish(await lockByPassphrase()));
look().catch((error: unknown) => showFault(error, texts));

async function look(): Promise<void> {
	invited = await post<Invited>("/signin/invitation/look", { token });
	if (invited.kind === "patient") show("patient", "new-wallet");
	else {
		secret = randomBytes(32);
		const title = texts.keeperTitle ?? "";
		document.title = title;
		for (const heading of document.querySelectorAll("h1")) heading.textContent = title;
		byId("staff-name").textContent = invited.name ?? "";
		byId("staff").hidden = false;
		if (invited.provider === undefined) show("lock", "lock-passkey");
		else showProvider(invited.provider);
	}
	document.body.dataset.ready = "yes";
}

function showProvider(name: string): void {
	byId("lock-passkey").hidden = true;
	byId("lock-passphrase").hidden = true;
	byId("provider").hidden = false;
	byId("provider-go").textContent = (texts.providerGo ?? "").replace("{name}", name);
	show("lock", "provider-go");
}

/** The node knows from the provider who is here, and gives what the key is locked with. */
async function lockByProvider(): Promise<Lock> {
	const salt = encodeHex(randomBytes(16));
	const { share } = await post<{ readonly share: string }>("/signin/invitation/share", { token, salt });
	return { by: "provider", key: decodeHex(share, 32), salt, login: { by: "provider" } };
}

async function wordList(): Promise<readonly string[]> {
	const answer = await fetch("/signin/words/english.txt", { redirect: "error" });
	return (await answer.text()).trim().split("\n");
}

async function makeWallet(): Promise<void> {
	secret = randomBytes(32);
	const words = encodeWords(secret, await wordList());
	byId("words").replaceChildren(
		...words.map((word) => {
			const item = document.createElement("li");
			item.textContent = word;
			return item;
		}),
	);
	checkedWord = (randomBytes(1)[0] as number) % words.length;
	byId("check-label").textContent = (texts.inviteCheckWord ?? "").replace("{number}", String(checkedWord + 1));
	byId("patient").hidden = true;
	show("words-shown", "check");
}

/** One word, so that nobody goes on who has written nothing down. */
async function checkWord(): Promise<void> {
	const word = byId("words").children[checkedWord]?.textContent;
	if (byId<HTMLInputElement>("check").value.trim().toLowerCase() !== word) throw new Refused("CHECK_WRONG");
	byId("words").replaceChildren();
	byId("words-shown").hidden = true;
	show("lock", "lock-passkey");
}

async function readWords(): Promise<void> {
	const typed = byId<HTMLTextAreaElement>("typed");
	secret = decodeWords(typed.value.trim().split(/\s+/), await wordList());
	typed.value = "";
	byId("words-typed").hidden = true;
	byId("patient").hidden = true;
	show("lock", "lock-passkey");
}

async function lockByPasskey(): Promise<Lock> {
	const salt = encodeHex(randomBytes(16));
	const name = `${invited.house}: ${invited.name ?? invited.patientId ?? ""}`;
	const { challenge, response, prf } = await makePasskey({ name, title: document.title, begin: beginPasskey });
	if (prf === undefined) throw new Refused("PRF_MISSING");
	return { by: "prf", key: keyOfPrf(prf, salt), salt, login: { by: "passkey", challenge, response } };
}

async function lockByPassphrase(): Promise<Lock> {
	const [name, passphrase] = [byId<HTMLInputElement>("name"), byId<HTMLInputElement>("passphrase")];
	const common = readCommon(new Uint8Array(await (await fetch("/signin/words/common.bin", { redirect: "error" })).arrayBuffer()));
	const houseWords = ["aceso", invited.member, ...invited.house.split(/\s+/), name.value, ...(invited.name ?? "").split(/\s+/)];
	const fault = judgePassphrase(passphrase.value, { common, houseWords });
	if (fault !== undefined) throw new Refused(`PASSPHRASE_${fault.replace("-", "_").toUpperCase()}`);
	byId("working").textContent = texts.signInWorking ?? "";
	const salt = encodeHex(randomBytes(16));
	const { key, proof } = await keysOfPassphrase(passphrase.value, salt);
	byId("working").textContent = "";
	return { by: "passphrase", key, salt, login: { by: "passphrase", name: name.value.trim().toLowerCase(), proof } };
}

async function finish(lock: Lock): Promise<void> {
	if (secret === undefined) return;
	const isPatient = invited.kind === "patient";
	const key = isPatient ? createWallet(secret).pseudonymKey(invited.member as MemberId, 0) : createSigningKey(secret);
	const kind: LockedKind = isPatient ? "wallet-seed" : "ledger-key";
	const { by, key: lockKey, salt, login } = lock;
	const locked = await lockSecret(secret, { kind, by, key: lockKey, salt, randomBytes });
	const note = await sealNote(secret, (isPatient ? invited.patientId : invited.name) ?? "", randomBytes);
	const kept = { locked, login, note, rotation: 0 };
	if (isPatient) {
		const pseudonym = key.publicKey;
		const answer = await post<{ readonly custodianSignature: Signature; readonly replaces?: Pseudonym }>("/signin/invitation/countersign", {
			token,
			pseudonym,
		});
		const { custodianSignature, replaces } = answer;
		if (replaces !== undefined) return replaceKey({ key, replaces, kept });
		const context = { chain: invited.chain, nowMs: Math.max(Date.now(), invited.timeMs), randomBytes };
		const transaction = buildEnrol(key as never, { custodian: invited.member as MemberId, custodianSignature }, context);
		await post("/signin/invitation/enrol", { token, transaction, signed: signKeeping(key, kept), kept });
	} else await post("/signin/invitation/staff", { token, signed: signKeeping(key, kept), kept });
	showDone((isPatient ? texts.inviteDone : texts.keeperDone) ?? "", isPatient ? "" : key.publicKey);
}

/** The record stands under a key that was lost: the new one agrees to take over, and waits. */
async function replaceKey({ key, replaces, kept }: { readonly key: SigningKey; readonly replaces: Pseudonym; readonly kept: object }): Promise<void> {
	const message = rotationMessage({ chain: invited.chain, pseudonym: replaces, successor: key.publicKey as Pseudonym });
	await post("/signin/invitation/replace", { token, signed: signKeeping(key, kept), kept, successorSignature: key.sign(message) });
	showDone(texts.inviteReplaced ?? "", "");
}

function showDone(text: string, key: string): void {
	secret?.fill(0);
	secret = undefined;
	byId("lock").hidden = true;
	byId("staff").hidden = true;
	byId("done-text").textContent = text;
	byId("done-key").textContent = key;
	show("done", "done");
}

function signKeeping(key: SigningKey, kept: object) {
	const body: KeepKeyBody = { kind: "keep-key", digest: sha256Hex(canonicalBytes(kept)) as Digest };
	const member = invited.member as MemberId;
	return signRequest(key, body, { audience: member, via: member, nowMs: Date.now(), nonce: randomBytes(16) });
}

function onSubmit(id: string, work: () => Promise<void>): void {
	byId(id).addEventListener("submit", (event) => {
		event.preventDefault();
		begin(texts, work);
	});
}

function show(id: string, focus: string): void {
	byId(id).hidden = false;
	byId(focus).focus();
}
