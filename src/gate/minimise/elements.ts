/**
 * Names of FHIR R4 elements by what they may hold, over all resource and data types of the R4 definitions (4.0.1). Names are enough here: what a
 * name leaves open is settled by the form of the value.
 */
const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));

/** Of type `date`, `dateTime` or `instant` in at least one place (`value` and `time` are judged by their form elsewhere). */
export const dateElements = words(
	"abatementDateTime answerDate answerDateTime approvalDate authored authoredOn birthDate bornDate collectedDateTime created createdDateTime creation date dateAsserted dateDateTime dateOfFirstAuthorization dateTime dateWritten deceasedDate deceasedDateTime defaultValueDate defaultValueDateTime defaultValueInstant detected dueDate effectiveDate effectiveDateTime effectiveInstant effectiveTime end enteredDate event eventDateTime expirationDate expiry fixedDate fixedDateTime fixedInstant identifiedDateTime issued lastModified lastOccurrence lastPerformed lastReviewDate lastUpdated lockedDate manufactureDate maxValueDate maxValueDateTime maxValueInstant minValueDate minValueDateTime minValueInstant nextScheduled occurredDateTime occurrenceDateTime onset onsetDateTime participantEffectiveDateTime patternDate patternDateTime patternInstant paymentDate performedDateTime presentationDate publicationDate received receivedTime recorded recordedDate recordedOn releaseDate restoreDate sent servicedDate start startDate started statusDate studyEffectiveDateTime timeDateTime timestamp timingDate timingDateTime validTo validationDate valueDate valueDateTime valueInstant verificationDate when whenHandedOver whenPrepared",
);

/** Of type `code` or a fixed `uri`, bound to closed lists: kept when the value is a short token. */
export const codeElements = words(
	"action comparator criticality currency dayOfWeek direction docStatus durationUnit gender intent kind lifecycleStatus mode operationalStatus outcome periodUnit preference priority productCategory publicationStatus relationship resourceType severity strand status type use valueCode when category contentType referenceRange method",
);

/** Removed whole at `pseudonymised`, whatever they hold: people, places, contact, free text, attachments, narrative, addresses on the net. */
export const identifyingElements = words(
	"text name telecom address contact photo communication managingOrganization generalPractitioner link contained note comment comments description title instruction instructions patientInstruction additionalInstruction preparation div url attachment content valueAttachment contentAttachment contentString valueString valueUri valueUrl valueMarkdown valueHumanName valueAddress valueContactPoint valueAnnotation valueSignature conclusion clinicalImpression summary details descriptionString detailString reasonString onsetString abatementString performedString bornString ageString deceasedString occurrenceString udiCarrier udi deviceName serialNumber lotNumber distinctIdentifier manufacturer modelNumber signature source security versionId tag profile extension relatesTo display alias qualification position hoursOfOperation aliasName author recorder asserter performer requester enterer informationSource informant participant practitioner provider facility insurer location serviceProvider organization responsibleParty endpoint payee insurance",
);
