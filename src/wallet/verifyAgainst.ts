import { CodedError } from "#base";
import { WalletError, type WalletErrorCode } from "./errors.ts";

/** Runs a verification of a room below; what it refuses becomes this code, with the original as its cause. */
export function verifyAgainst<Result>(code: WalletErrorCode, message: string, verify: () => Result, at?: number): Result {
	try {
		return verify();
	} catch (cause) {
		if (!(cause instanceof CodedError)) throw cause;
		throw new WalletError(code, message, at === undefined ? {} : { at }, cause);
	}
}
