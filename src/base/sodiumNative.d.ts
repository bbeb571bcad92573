/** The package ships no types; this is the part that `sodiumEquation.ts` uses. */
declare module "sodium-native" {
	const sodium: import("./sodiumEquation.ts").Sodium;
	export default sodium;
}
