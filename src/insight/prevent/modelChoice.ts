import { optionalInputs, type PreventInputs } from "./model.ts";
import { type InputName, inputNames } from "./problem.ts";

/** Why a model was used, and for which optional inputs. */
export interface ModelChoice {
	readonly code:
		| "NAMED_BY_REQUESTER"
		/** No optional input can be used: the base model. */
		| "NO_OPTIONAL_INPUT"
		/** One can: the base model with it. */
		| "ONE_OPTIONAL_INPUT"
		/** More can: the full model, which has a term for each missing one. */
		| "SEVERAL_OPTIONAL_INPUTS";
	readonly inputs: readonly InputName[];
}

/** For the model that uses what is known. */
export function choiceOf(inputs: PreventInputs): ModelChoice {
	const known = optionalInputs.full.filter((name) => inputs[name] !== undefined);
	const code = known.length === 0 ? "NO_OPTIONAL_INPUT" : known.length === 1 ? "ONE_OPTIONAL_INPUT" : "SEVERAL_OPTIONAL_INPUTS";
	return { code, inputs: known };
}

const choices: Readonly<Record<ModelChoice["code"], (names: string, count: number) => string>> = {
	NAMED_BY_REQUESTER: () => "named by the requester",
	NO_OPTIONAL_INPUT: () => "no optional input can be used: the base model",
	ONE_OPTIONAL_INPUT: (names) => `one optional input can be used (${names}): the base model with it`,
	SEVERAL_OPTIONAL_INPUTS: (names, count) => `${count} optional inputs can be used (${names}): the full model, which has a term for each missing one`,
};

/** In English, as the end of a sentence. */
export function explainChoice({ code, inputs }: ModelChoice): string {
	return choices[code](inputs.map((name) => inputNames[name]).join(", "), inputs.length);
}
