import { BaseError, type BaseErrorCode, CodedError } from "#base";
import { isVaultErrorCode, VaultError } from "../../errors.ts";
import type { ByteReader, ByteWriter } from "./wireBytes.ts";

const vaultRoom = 1;
const baseRoom = 2;

/** Writes a coded error. Of any other, nothing but that it happened leaves the keyring: its text may hold anything. */
export function writeError(to: ByteWriter, error: unknown): void {
	const coded = error instanceof VaultError || error instanceof BaseError ? error : lost("unexpected");
	const { reason, at } = coded.details as { readonly reason?: string; readonly at?: number | string };
	to.byte(coded instanceof BaseError ? baseRoom : vaultRoom);
	to.text(coded.code);
	to.text(coded.message);
	to.text(JSON.stringify({ reason, at }));
}

export function readError(from: ByteReader): CodedError {
	const room = from.byte();
	const [code, message] = [from.text(), from.text()];
	const details = JSON.parse(from.text()) as { readonly reason?: string; readonly at?: number | string };
	if (room === baseRoom) return new BaseError(code as BaseErrorCode, message, details);
	return isVaultErrorCode(code) ? new VaultError(code, message, details) : lost("unexpected");
}

/** Why a call to the keyring's process has no answer; whether it was carried out is then unknown. */
export type LossReason = "process-ended" | "not-ready" | "unexpected" | "receipt-void";

export function lost(reason: LossReason): VaultError {
	return new VaultError("VAULT_KEYRING_LOST", "the keyring's process did not answer; it may be back after a restart", { reason });
}

export function isCoded(error: unknown): error is CodedError {
	return error instanceof CodedError;
}
