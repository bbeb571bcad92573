import { getSearchParameters } from "#fhir";
import { servedTypes } from "./fhirCall.ts";
import { interactions } from "./interactions.ts";
import type { Profiles } from "./profiles/loadProfiles.ts";

export interface CapabilityParameters {
	readonly name: string;
	readonly baseUrl: string;
	readonly nowMs: number;
}

/**
 * Writes what is answered under `/fhir`, from the table that the routes are made from and the index that searches are read with. All but name,
 * address and time is written once: this is the one answer that anybody may ask for, and has 130 kB.
 */
export function capabilityWriter(profiles: Profiles): (parameters: CapabilityParameters) => string {
	let rest: string | undefined;
	return ({ name, baseUrl, nowMs }) => {
		rest ??= JSON.stringify([restOf(profiles)]);
		const statement = {
			resourceType: "CapabilityStatement",
			status: "active",
			date: new Date(nowMs).toISOString(),
			kind: "instance",
			software: { name: "Aceso" },
			implementation: { description: name, url: baseUrl },
			fhirVersion: "4.0.1",
			format: ["application/fhir+json"],
		};
		return `${JSON.stringify(statement).slice(0, -1)},"rest":${rest}}`;
	};
}

function restOf(profiles: Profiles): object {
	const general = interactions.filter(({ type }) => type === undefined);
	const codesOf = (levels: readonly string[]) => [...new Set(general.filter(({ level }) => levels.includes(level)).map(({ code }) => code))];
	const ofResources = codesOf(["type", "instance"]).filter((code) => !code.startsWith("$"));
	return {
		mode: "server",
		documentation:
			"Every answer is what consents grant to who asks. Name the patient in the signed request or in the address; a search without one is by whole tokens and by dates as a year, a month or a day.",
		security: { description: "A signed request, or one of a session, in the Authorization header: docs/fhir.md." },
		resource: [...servedTypes().map((type) => resourceOf(type, ofResources, profiles.ofType(type))), ...ownTypes()],
		interaction: [...codesOf(["system"]).filter((code) => !code.startsWith("$")), "transaction"].map((code) => ({ code })),
		operation: operationsOf(),
	};
}

/** Types with interactions of their own: what is made of the access log is searched and nothing else, subscriptions are not searched by anything. */
function ownTypes(): readonly object[] {
	const types = [...new Set(interactions.flatMap(({ type }) => type ?? []))];
	return types.map((type) => {
		const interaction = interactions.filter((each) => each.type === type).map(({ code }) => ({ code }));
		const parameters = type === "AuditEvent" ? [...getSearchParameters(type).values()] : [];
		return { type, interaction, searchInclude: [], searchParam: parameters.map(({ code, type: kind }) => ({ name: code, type: kind })) };
	});
}

/** Definitions of HL7 by the operation's name. */
const operationDefinitions: Readonly<Record<string, string>> = {
	everything: "http://hl7.org/fhir/OperationDefinition/Patient-everything",
	export: "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/patient-export",
	summary: "http://hl7.org/fhir/uv/ips/OperationDefinition/summary",
	validate: "http://hl7.org/fhir/OperationDefinition/Resource-validate",
};

function operationsOf(): readonly object[] {
	const names = [...new Set(interactions.map(({ code }) => code).filter((code) => code.startsWith("$")))].map((code) => code.slice(1));
	return names.filter((name) => name in operationDefinitions).map((name) => ({ name, definition: operationDefinitions[name] }));
}

function resourceOf(type: string, codes: readonly string[], supportedProfile: readonly string[]): object {
	const parameters = [...getSearchParameters(type).values()];
	const references = parameters.filter((parameter) => parameter.type === "reference");
	return {
		type,
		...(supportedProfile.length === 0 ? {} : { supportedProfile }),
		interaction: codes.map((code) => ({ code })),
		versioning: "versioned",
		readHistory: true,
		updateCreate: false,
		conditionalCreate: true,
		conditionalRead: "full-support",
		conditionalUpdate: true,
		conditionalDelete: "single",
		searchInclude: references.map(({ code }) => `${type}:${code}`),
		searchParam: [
			{ name: "_id", type: "token" },
			{ name: "_lastUpdated", type: "date" },
			...parameters.map((parameter) => ({ name: parameter.code, type: parameter.type })),
		],
	};
}
