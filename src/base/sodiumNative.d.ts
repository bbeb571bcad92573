/** The package ships no types; this is the part that `sodiumEquation.ts` and `chacha20Poly1305.ts` use. */
declare module "sodium-native" {
	const sodium: import("./sodiumEquation.ts").Sodium & import("./chacha20Poly1305.ts").SodiumAead;
	export default sodium;
}
