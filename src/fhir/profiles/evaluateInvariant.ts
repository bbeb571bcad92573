import type * as Medplum from "@medplum/core";
import { isPlainObject } from "../json/values.ts";
import type { Place } from "./places.ts";

export type Verdict = "holds" | "broken" | "unknown";

/** The FHIRPath engine of `@medplum/core`. */
export type FhirPathEngine = Pick<typeof Medplum, "evalFhirPathTyped" | "parseFhirPath">;

export interface Invariants {
	/**
	 * Judges an invariant for one value: it holds where its expression gives `true` and nothing else. What the engine stumbles over is `unknown`; its
	 * words are not passed on, since they tell values.
	 */
	evaluate(expression: string, place: Place, root: Place): Verdict;
}

/** @param getEngine - Asked when a profile has an invariant and not before: it takes tens of milliseconds to load. */
export function createInvariants(getEngine: () => FhirPathEngine): Invariants {
	const parsed = new Map<string, Medplum.FhirPathAtom | undefined>();
	const parse = (expression: string): Medplum.FhirPathAtom | undefined => {
		if (!parsed.has(expression)) {
			parsed.set(expression, notDone.test(withoutTexts(expression)) ? undefined : tryTo(() => getEngine().parseFhirPath(expression)));
		}
		return parsed.get(expression);
	};
	return {
		evaluate(expression, place, root) {
			const [atom, input] = [parse(expression), toTyped(place)];
			if (atom === undefined || input === undefined) return "unknown";
			const result = tryTo(() => getEngine().evalFhirPathTyped(atom, [input], variablesOf(input, place, root)));
			if (result === undefined) return "unknown";
			return result.length === 1 && result[0]?.value === true ? "holds" : "broken";
		},
	};
}

function variablesOf(input: Medplum.TypedValue, place: Place, root: Place): Record<string, Medplum.TypedValue> {
	return {
		...{ "%context": input, "%resource": typedResource(place.resource), "%rootResource": toTyped(root) as Medplum.TypedValue },
		...{ "%ucum": text("http://unitsofmeasure.org"), "%sct": text("http://snomed.info/sct"), "%loinc": text("http://loinc.org") },
	};
}

/**
 * Functions that the engine answers without doing them (it gives nothing, or looks at a name alone), or that need what is not at hand: another
 * resource, a terminology server. An expression with one of them is not judged, where it could be judged wrongly.
 */
const notDone =
	/\b(?:repeat|children|descendants|encode|decode|escape|unescape|trim|split|resolve|memberOf|subsumes|subsumedBy|conformsTo|htmlChecks|checkModifiers|elementDefinition|slice)\s*\(|%(?!context\b|resource\b|rootResource\b|ucum\b|`?(?:sct|loinc)\b)/;

/** What stands between quotes is no function. */
function withoutTexts(expression: string): string {
	return expression.replace(/'(?:\\.|[^'\\])*'/g, "''");
}

function toTyped(place: Place): Medplum.TypedValue | undefined {
	const value = asOneValue(place);
	return place.type === undefined || value === undefined ? undefined : { type: nameOfType(place.type), value };
}

/** A primitive with extensions is one value for FHIRPath. */
function asOneValue({ value, sibling }: Place): unknown {
	if (sibling === undefined) return value;
	return value === undefined || isPlainObject(value) ? { ...sibling } : Object.assign(Object(value) as object, sibling);
}

/** `Observation.component` is `ObservationComponent` for the engine. */
function nameOfType(type: string): string {
	const parts = type.split(".");
	return parts.length === 1 ? type : parts.map((part) => `${part.slice(0, 1).toUpperCase()}${part.slice(1)}`).join("");
}

function typedResource(resource: Place["resource"]): Medplum.TypedValue {
	return { type: resource["resourceType"] as string, value: resource };
}

function text(value: string): Medplum.TypedValue {
	return { type: "string", value };
}

function tryTo<Result>(work: () => Result): Result | undefined {
	try {
		return work();
	} catch {
		return undefined;
	}
}
