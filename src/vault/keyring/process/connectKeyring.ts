import { type ConnectParameters, openChannel } from "./channel.ts";
import { RemoteKeyring } from "./remoteKeyring.ts";

export type ConnectKeyringParameters = ConnectParameters;

/**
 * Connects to a keyring's process by its socket. The keyring that comes back ends with its connection; {@link openProcessKeyring} gives one that
 * outlives its process.
 *
 * @throws {@link VaultError} `VAULT_KEYRING_LOST`, `VAULT_LOCKED`.
 */
export async function connectKeyring(parameters: ConnectKeyringParameters): Promise<RemoteKeyring> {
	return new RemoteKeyring(parameters.custodian, await openChannel(parameters));
}
