import { CodedError, type ErrorKind } from "#base";

const kinds = {
	/** The folder holds something that is not an Aceso data folder. */
	NODE_FOLDER_FOREIGN: "mistake",
	/** Another process works on the folder. */
	NODE_FOLDER_LOCKED: "again",
	/** No member of this id runs here. */
	NODE_MEMBER_UNKNOWN: "mistake",
	/** No demo person of this name. */
	NODE_PERSON_UNKNOWN: "mistake",
	/** A file to import cannot be read. */
	NODE_FILE_UNREADABLE: "mistake",
	/** A port cannot be listened on. */
	NODE_PORT_TAKEN: "mistake",
	/** The request body is larger than permitted, or not JSON. */
	NODE_BODY_INVALID: "mistake",
	/** No such address. */
	NODE_NOT_FOUND: "mistake",
	/** The ledger refused a transaction that this node put together; its code stands in the details. */
	NODE_LEDGER_REFUSED: "refused",
	/** A request to be forwarded that no person of this member signed. */
	NODE_NOT_OURS: "refused",
	/** A keyring stands where a lost one is to be restored. */
	NODE_KEYRING_PRESENT: "mistake",
	/** Something stands where a backup is to be made. */
	NODE_BACKUP_PRESENT: "mistake",
	/** The backup is of another member, network or format. */
	NODE_BACKUP_FOREIGN: "mistake",
	/** The backup's access log ends before what the ledger has anchored: in place it would hide accesses. */
	NODE_LOG_BEHIND: "refused",
	/** The access log that is to be closed has lost nothing. */
	NODE_LOG_INTACT: "refused",
	/** Fewer entries are to be declared lost than are known to be missing. */
	NODE_LOSS_UNDERSTATED: "mistake",
	/** A request under `/fhir` that shows nobody. */
	NODE_FHIR_UNSIGNED: "refused",
	/** No such resource type is served. */
	NODE_FHIR_TYPE_UNKNOWN: "mistake",
	/** The interaction, or something that it asks for, is not answered here. */
	NODE_FHIR_UNSUPPORTED: "mistake",
	/** Neither the credential nor the address says whose record it is about. */
	NODE_FHIR_PATIENT_UNNAMED: "mistake",
	/** A page of another requester or search, one that is too old, or from before the node was started. */
	NODE_FHIR_PAGE_INVALID: "mistake",
	/** More searches without a patient than one key, or the node, answers at a time; `waitS` says when to ask again. */
	NODE_FHIR_TOO_OFTEN: "again",
	/** The content is of a media type that is not read here. */
	NODE_FHIR_MEDIA_UNKNOWN: "mistake",
	/** The answer is wanted in a media type that is not written here. */
	NODE_FHIR_NOT_ACCEPTABLE: "mistake",
	/** The record is at another version than `If-Match` names. */
	NODE_FHIR_PRECONDITION: "mistake",
	/** A condition that should name one record is met by several. */
	NODE_FHIR_SEVERAL_MATCHES: "mistake",
	/** The record was deleted, and the requester may know that. */
	NODE_FHIR_DELETED: "refused",
	/** The institution's list of endpoints for notifications has no entry that this one begins with. */
	NODE_ENDPOINT_NOT_ALLOWED: "refused",
	/** The institution's profiles cannot be read, or one that is to be enforced is not there. */
	NODE_PROFILES_INVALID: "mistake",
	/** `subscriptions.json` does not say in the expected form where notifications may go. */
	NODE_ENDPOINTS_INVALID: "mistake",
	/** `cds.json` does not say in the expected form which record systems may ask. */
	CDS_CONFIG_INVALID: "mistake",
	/** A call of decision support without a token of a client that is known here, or with one that is forged, late, used or for another. */
	CDS_TOKEN_REFUSED: "refused",
	/** A client asks for somebody for whom it may not ask. */
	CDS_USER_UNKNOWN: "refused",
	/** A call that CDS Hooks 2.0 does not allow. */
	CDS_REQUEST_INVALID: "mistake",
	/** No such service of decision support. */
	CDS_SERVICE_UNKNOWN: "mistake",
	/** Feedback on a card that was not shown here, to this client, lately: one answer for all. */
	CDS_CARD_UNKNOWN: "refused",
	/** A member's card, a consortium's plan, or a folder made from one, is not what it should be. */
	NODE_CONSORTIUM_INVALID: "mistake",
	/** The node is starting or stopping. */
	NODE_NOT_READY: "again",
} as const satisfies Record<string, ErrorKind>;

export type NodeErrorCode = keyof typeof kinds;

export class NodeError extends CodedError<NodeErrorCode, { [fact: string]: string | number }> {
	constructor(code: NodeErrorCode, message: string, details: { [fact: string]: string | number } = {}, cause?: unknown) {
		super(code, kinds[code], message, details, cause);
	}
}
