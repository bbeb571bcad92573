/** What is known of how sure an estimate is. */
export type UncertaintyCode =
	/** PREVENT publishes no interval for a single person. */
	| "NO_INTERVAL_FOR_ONE_PERSON"
	/** What is published says how well groups are ranked and fitted, for total CVD. */
	| "VALIDATED_ON_GROUPS"
	/** The sensitivity is no confidence interval. */
	| "SENSITIVITY_IS_NO_INTERVAL";

/** In English. */
export const uncertaintyStatements: Readonly<Record<UncertaintyCode, string>> = {
	NO_INTERVAL_FOR_ONE_PERSON: "No interval for a single person is published with the PREVENT coefficients, so none is given.",
	VALIDATED_ON_GROUPS: "The figures of the external validation say how well the equations rank and fit groups of people, for total CVD only.",
	SENSITIVITY_IS_NO_INTERVAL: "The sensitivity shows what an assumed measurement error alone would change; it is not a confidence interval.",
};
