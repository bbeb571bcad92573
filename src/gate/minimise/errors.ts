import { CodedError } from "#base";

/** Codes of minimisation and aggregation. */
export type MinimiseErrorCode =
	/** The context lacks what the level needs: a day, a shift, pairwise ids or release ids. */
	| "MINIMISE_CONTEXT_INCOMPLETE"
	/** A parameter of a noise, budget or anonymity function lies outside its range. */
	| "AGGREGATE_PARAMETER_INVALID"
	/** The random source gave fewer bytes than asked. */
	| "AGGREGATE_RANDOM_SHORT";

export class MinimiseError extends CodedError<MinimiseErrorCode, { readonly parameter: string }> {
	constructor(code: MinimiseErrorCode, message: string, parameter: string) {
		super(code, "mistake", message, { parameter });
	}
}
