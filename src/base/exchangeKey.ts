/** One side's half of a key exchange, used for one exchange. */
export interface ExchangeKey {
	/** 32 bytes, hex. */
	readonly publicKey: string;
	/**
	 * The secret shared with the other side, 32 bytes; to be run through a key derivation.
	 *
	 * @throws BaseError `KEY_INVALID` for a peer's key of another form, or one of small order, with which the secret is all zeros.
	 */
	agree(peer: string): Uint8Array;
}
