import type { IFlattenedRuleSet } from "dependency-cruiser";
import { testSupport } from "../testSupport.ts";
import { allowedImports, pureRooms, tableReaders } from "./rooms.ts";

type Rule = NonNullable<IFlattenedRuleSet["forbidden"]>[number];

const literal = (path: string) => `^${path.replaceAll(".", "\\.")}$`;

/** What `npm run check` refuses between the rooms under `src`; paths are relative to the repository. */
export const ruleSet: IFlattenedRuleSet = {
	forbidden: [
		{
			name: "unknown-room",
			comment: "A new room is entered into scripts/arrows/rooms.ts first.",
			severity: "error",
			from: {},
			to: { path: "^src/", pathNot: Object.keys(allowedImports).map((room) => `^src/${room}/`) },
		},
		...Object.entries(allowedImports).map(
			([room, allowed]): Rule => ({
				name: `arrow-${room}`,
				comment: `${room} may import ${allowed.length === 0 ? "no other room" : allowed.join(", ")}.`,
				severity: "error",
				from: { path: `^src/${room}/` },
				to: { path: "^(src|bench|scripts|bin)/", pathNot: [room, ...allowed].map((name) => `^src/${name}/`) },
			}),
		),
		{
			name: "one-door",
			comment: "From another room import only its index.ts.",
			severity: "error",
			from: { path: "^src/([^/]+)/" },
			to: { path: "^src/[^/]+/", pathNot: ["^src/$1/", "^src/[^/]+/index\\.ts$"] },
		},
		{
			name: "one-door-from-outside",
			comment: "Benchmarks and scripts use the doors as well.",
			severity: "error",
			from: { path: "^(bench|scripts|bin)/" },
			to: { path: "^src/[^/]+/", pathNot: "^src/[^/]+/index\\.ts$" },
		},
		{
			name: "door-by-name",
			comment: 'Write `from "#room"`, not a relative path to its index.ts.',
			severity: "error",
			from: { path: "^src/([^/]+)/" },
			to: { path: "^src/[^/]+/index\\.ts$", pathNot: "^src/$1/", dependencyTypesNot: ["aliased-subpath-import"] },
		},
		{
			name: "not-through-own-door",
			comment: "Inside a room import the file itself.",
			severity: "error",
			from: { path: "^src/([^/]+)/", pathNot: testSupport },
			to: { path: "^src/$1/index\\.ts$" },
		},
		{
			name: "fhir-takes-types-only",
			comment: "fhir knows the vocabulary of the contracts, and runs none of their code.",
			severity: "error",
			from: { path: "^src/fhir/", pathNot: testSupport },
			to: { path: "^src/contracts/", dependencyTypesNot: ["type-only"] },
		},
		{
			name: "pure-rooms-do-no-input-or-output",
			comment: "Files, sockets, processes, clocks and databases come in as arguments.",
			severity: "error",
			from: { path: `^src/(${pureRooms.join("|")})/`, pathNot: [testSupport, ...tableReaders.map(literal)] },
			to: { dependencyTypes: ["core"], pathNot: "^(node:)?(crypto|buffer|util|zlib)$" },
		},
		{
			name: "contracts-stand-alone",
			comment: "The rules run the same everywhere: zod for their schemas and nothing else, not even a built-in module.",
			severity: "error",
			from: { path: "^src/contracts/", pathNot: testSupport },
			to: { pathNot: ["^src/(base|log|contracts)/", "node_modules/zod/"] },
		},
		{
			name: "no-cycle",
			comment: "Modules that need each other are one module, or two and a third.",
			severity: "error",
			from: {},
			to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
		},
		{
			name: "no-test-support-in-production",
			comment: "What is made for tests stays with them.",
			severity: "error",
			from: { path: "^src/", pathNot: testSupport },
			to: { path: testSupport },
		},
		{ name: "resolvable", comment: "Every import is found.", severity: "error", from: {}, to: { couldNotResolve: true } },
		{
			name: "no-development-package",
			comment: "What runs at an institution is listed under dependencies.",
			severity: "error",
			from: { path: "^src/", pathNot: testSupport },
			to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
		},
	],
};
