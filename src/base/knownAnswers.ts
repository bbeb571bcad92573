import type { PublicKey, Signature } from "./signatureForm.ts";

/** What an equation must answer of a signature whose form is permitted. */
interface KnownAnswer {
	readonly publicKey: PublicKey;
	/** Hex. */
	readonly message: string;
	readonly signature: Signature;
	readonly valid: boolean;
}

/**
 * Permitted signatures that tell the cofactorless equation from the cofactored one: keys and R with a part of small order, where the parts cancel
 * and where they do not. Rows of `vectors/ed25519.json`; a test compares. A library is held against them before it decides anything here.
 */
export const knownAnswers: readonly KnownAnswer[] = [
	{
		// honest
		publicKey: "391ece2eea0e75ce9bb1e084cd001f728ab4f4e684093318f78491ebfd20821c" as PublicKey,
		message: "616365736f206564676520636173652030",
		signature:
			"850da27b461034e3fae1f399e79c10a8c87b14aeda8c04a767333263350e0220548cad2442d952b151f21eb91cdfb24d39c91658895eb37140f223abab832c05" as Signature,
		valid: true,
	},
	{
		// 3: key and R mixed, small parts cancel
		publicKey: "d875fab058c383b775a9bec9b4ff4dd34ccb7c8490beff69af4427953653a27b" as PublicKey,
		message: "616365736f206564676520636173652030",
		signature:
			"12b2a72c7e8b7d32ad820feb1194aac74e63ecd818cefd07adf031ba5d5d8d6ca14988ff5b6b96909cfa581e311f34064209e6b85844b5b41cbdc8e3c22de300" as Signature,
		valid: true,
	},
	{
		// key mixed, R of prime order, small part vanishes
		publicKey: "d875fab058c383b775a9bec9b4ff4dd34ccb7c8490beff69af4427953653a27b" as PublicKey,
		message: "616365736f20656467652063617365203235",
		signature:
			"850da27b461034e3fae1f399e79c10a8c87b14aeda8c04a767333263350e022029982e06dd72757388d0300effbeb408667112405acf376eca79fdc7cb0c7703" as Signature,
		valid: true,
	},
	{
		// key mixed with the point of order 2
		publicKey: "b4e131d115f18a31644e1f7b32ffe08d754b0b197bf6cce7087b6e1402df7de3" as PublicKey,
		message: "616365736f206564676520636173652031",
		signature:
			"850da27b461034e3fae1f399e79c10a8c87b14aeda8c04a767333263350e0220bf2e5aaf62e539ea1dfc78660360cd330e4acff7471b968e15172e56b106850d" as Signature,
		valid: true,
	},
	{
		// 4: key and R mixed, small parts do not cancel
		publicKey: "d875fab058c383b775a9bec9b4ff4dd34ccb7c8490beff69af4427953653a27b" as PublicKey,
		message: "616365736f206564676520636173652030",
		signature:
			"850da27b461034e3fae1f399e79c10a8c87b14aeda8c04a767333263350e02202e9d3593b8afdae78d3eafa0eb069d851bc8793e766af4c4fa6ecdf7b305e604" as Signature,
		valid: false,
	},
	{
		// 5: key mixed, R of prime order, small part does not vanish
		publicKey: "d875fab058c383b775a9bec9b4ff4dd34ccb7c8490beff69af4427953653a27b" as PublicKey,
		message: "616365736f206564676520636173652030",
		signature:
			"850da27b461034e3fae1f399e79c10a8c87b14aeda8c04a767333263350e02202e9d3593b8afdae78d3eafa0eb069d851bc8793e766af4c4fa6ecdf7b305e604" as Signature,
		valid: false,
	},
	{
		// key of prime order, R mixed
		publicKey: "391ece2eea0e75ce9bb1e084cd001f728ab4f4e684093318f78491ebfd20821c" as PublicKey,
		message: "616365736f206564676520636173652030",
		signature:
			"db4d58d3817482cd527df014ee6b5538b19c1327e73102f8520fce45a2a272936f3f375702a5f7ac9471bae16ee0a3d01e7492ee249bb3dba6a86ac40c210a09" as Signature,
		valid: false,
	},
	{
		// R with its sign bit turned
		publicKey: "391ece2eea0e75ce9bb1e084cd001f728ab4f4e684093318f78491ebfd20821c" as PublicKey,
		message: "616365736f206564676520636173652030",
		signature:
			"850da27b461034e3fae1f399e79c10a8c87b14aeda8c04a767333263350e02a0548cad2442d952b151f21eb91cdfb24d39c91658895eb37140f223abab832c05" as Signature,
		valid: false,
	},
];
