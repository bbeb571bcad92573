import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unenrolledPseudonym } from "#vault";
import type { GateParts } from "./parts.ts";
import { resolvePatient } from "./patients.ts";
import { ResolvedPatients } from "./resolvedPatients.ts";

/** Store and keyring of a handful of people, in memory; each answer comes a turn later, and changes are told as the real ones tell them. */
function openParts() {
	const found = new Map<string, string>();
	const standings = new Map<string, { status: string; pseudonym: string | undefined }>();
	const gone = new Map<string, string[]>();
	let [writes, changes, asked, isSeen] = [0, 0, 0, true];
	const answer = async <T>(value: () => T): Promise<T> => {
		asked++;
		await undefined;
		return value();
	};
	const parts = {
		nobody: "nobody",
		store: { writes: () => writes, findSubjects: (_: string, token: string) => answer(() => [found.get(token)].filter(Boolean)) },
		keyring: {
			changes: () => (isSeen ? changes : undefined),
			lookupToken: (_: string, localId: string) => answer(() => `token ${localId}`),
			status: (subject: string) => answer(() => standings.get(subject)?.status ?? "unknown"),
			pseudonymOf: (subject: string) => answer(() => standings.get(subject)?.pseudonym),
			destroyedOf: (subject: string) => answer(() => gone.get(subject) ?? []),
		},
	} as unknown as GateParts;
	return {
		parts,
		asked: () => asked,
		hide: () => (isSeen = false),
		link: (localId: string, subject: string) => {
			writes++;
			found.set(`token ${localId}`, subject);
		},
		purge: (localId: string) => {
			writes++;
			found.delete(`token ${localId}`);
		},
		create: (subject: string, pseudonym: string) => {
			changes++;
			standings.set(subject, { status: "live", pseudonym });
		},
		eraseClass: (subject: string) => {
			changes++;
			gone.set(subject, [...(gone.get(subject) ?? []), `class ${changes}`]);
		},
		destroy: (subject: string) => {
			changes++;
			if (standings.has(subject)) standings.set(subject, { status: "destroyed", pseudonym: standings.get(subject)?.pseudonym });
		},
	};
}

const local = (localId: string) => ({ by: "local", localId }) as const;

describe("whom local ids mean", () => {
	it("[GA222] what is kept is what a look-up says, whatever is linked, purged, created, bound, erased in part and destroyed in between", async () => {
		const names = fc.constantFrom("a", "b", "c");
		const step = fc.record({
			act: fc.constantFrom(...Array.from({ length: 12 }, () => "ask"), "link", "purge", "create", "eraseClass", "destroy"),
			localId: names,
			subject: names,
		});
		let kept = 0;
		await fc.assert(
			fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
				const { parts, asked, ...house } = openParts();
				const patients = new ResolvedPatients(parts);
				let version = 0;
				for (const { act, localId, subject } of steps) {
					if (act === "link") house.link(localId, subject);
					else if (act === "purge") house.purge(localId);
					else if (act === "create") house.create(subject, `${subject}${version++}`);
					else if (act === "eraseClass") house.eraseClass(subject);
					else if (act === "destroy") house.destroy(subject);
					else {
						const before = asked();
						const patient = await patients.resolve(local(localId));
						if (asked() === before) kept++;
						expect(patient).toEqual(await resolvePatient(parts, local(localId)));
					}
				}
			}),
		);
		expect(kept).toBeGreaterThan(50);
	});

	it("[GA222] a patient who is erased while the reference is looked up is not kept as one who is here", async () => {
		const { parts, ...house } = openParts();
		house.create("anna", "key");
		house.link("p1", "anna");
		for (let turns = 0; turns < 8; turns++) {
			const patients = new ResolvedPatients(parts);
			house.create("anna", "key");
			const looking = patients.resolve(local("p1"));
			for (let at = 0; at < turns; at++) await undefined;
			house.destroy("anna");
			await looking;
			expect(await patients.resolve(local("p1"))).toEqual({
				subject: "nobody",
				pseudonym: unenrolledPseudonym(parts.nobody),
				absent: true,
				erased: new Set(),
			});
		}
	});

	it("[GA222] who is here, who is not and who was erased take the same steps at the first look and at the second", async () => {
		const { parts, asked, ...house } = openParts();
		for (const name of ["here", "erased"]) {
			house.create(name, `key of ${name}`);
			house.link(name, name);
		}
		house.destroy("erased");
		const patients = new ResolvedPatients(parts);
		const steps = [];
		for (const look of [1, 2]) {
			for (const name of ["here", "erased", "absent"]) {
				const before = asked();
				await patients.resolve(local(name));
				steps.push([look, asked() - before]);
			}
		}
		expect(steps).toEqual([...Array.from({ length: 3 }, () => [1, 5]), ...Array.from({ length: 3 }, () => [2, 0])]);
	});

	it("[GA222] where the keyring's answers may change unseen nothing is kept; nor is any reference but a local id", async () => {
		const { parts, asked, hide, ...house } = openParts();
		house.link("p1", "anna");
		hide();
		const patients = new ResolvedPatients(parts);
		for (let look = 0; look < 2; look++) {
			const before = asked();
			await patients.resolve(local("p1"));
			expect(asked() - before).toBe(5);
		}
	});
});
