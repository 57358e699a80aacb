/** The library's reader: what it asks, who it says it is, and what it makes of the answer. */
import kotlin.time.Instant
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.multipaz.cbor.Cbor
import org.multipaz.cbor.DataItem
import org.multipaz.cbor.Simple
import org.multipaz.crypto.AsymmetricKey
import org.multipaz.crypto.Crypto
import org.multipaz.crypto.EcPrivateKey
import org.multipaz.mdoc.devicesigned.DeviceAuth
import org.multipaz.mdoc.engagement.DeviceEngagement
import org.multipaz.mdoc.request.DeviceRequest
import org.multipaz.mdoc.request.DeviceRequestInfo
import org.multipaz.mdoc.request.DocRequestInfo
import org.multipaz.mdoc.request.DocumentSet
import org.multipaz.mdoc.request.UseCase
import org.multipaz.mdoc.response.DeviceResponse
import org.multipaz.mdoc.response.MdocDocument
import org.multipaz.mdoc.role.MdocRole
import org.multipaz.mdoc.sessionencryption.SessionEncryption
import org.multipaz.storage.ephemeral.EphemeralStorage
import org.multipaz.trustmanagement.TrustManager
import org.multipaz.trustmanagement.TrustMetadata

private class Reading(val key: EcPrivateKey, val encryption: SessionEncryption, val transcript: DataItem)

private val readings = Kept<Reading>()

/** A reader for the device of an engagement, and its first message. */
suspend fun establish(call: Call): JsonElement {
    val engagement = DeviceEngagement.fromDataItem(call.cbor("engagement"))
    val key = Crypto.createEcPrivateKey(engagement.eDeviceKey.curve)
    val encodedKey = Cbor.encode(key.publicKey.toCoseKey().toDataItem())
    val handover = if (call.has("handover")) call.cbor("handover") else Simple.NULL
    val transcript = transcript(call.octets("engagement"), encodedKey, handover)
    val encryption = SessionEncryption(
        role = MdocRole.MDOC_READER,
        eSelfKey = key.duplicate(),
        remotePublicKey = engagement.eDeviceKey,
        encodedSessionTranscript = Cbor.encode(transcript),
    )
    val reading = Reading(key, encryption, transcript)
    return said("session" to readings.keep(reading), "message" to asked(call, reading), "transcript" to transcript)
}

/** One more request in the same session. */
suspend fun ask(call: Call): JsonElement = said("message" to asked(call, readings.of(call, "session")))

private suspend fun asked(call: Call, reading: Reading): ByteArray =
    reading.encryption.encryptMessage(Cbor.encode(deviceRequest(call, reading.transcript).toDataItem()), null)

/** The request of a call: `asked`, each with its reader or none, `all` the readers of all, `useCases`. */
suspend fun deviceRequest(call: Call, transcript: DataItem): DeviceRequest {
    val builder = DeviceRequest.Builder(sessionTranscript = transcript)
    for (one in call.list("asked").map { it.jsonObject }) {
        builder.addDocRequest(
            docType = one.text("docType"),
            nameSpaces = one.byNamespace("namespaces") { it.jsonPrimitive.boolean },
            docRequestInfo = info(one),
            readerKey = if (one.has("reader")) one.member("reader").certified() else null,
        )
    }
    val useCases = call.list("useCases").map { it.jsonObject }.map { one ->
        val sets = one.list("sets").map { set -> DocumentSet(kotlinx.serialization.json.Json.decodeFromJsonElement(IDS, set)) }
        UseCase(mandatory = one.flag("mandatory"), documentSets = sets, purposeHints = emptyMap())
    }
    if (useCases.isNotEmpty() || call.has("requestInfo")) {
        val other = if (call.has("requestInfo")) members(call.cbor("requestInfo")) else emptyMap()
        builder.setDeviceRequestInfo(DeviceRequestInfo.fromValues(useCases, other))
    }
    for (reader in call.list("all")) builder.addReaderAuthAll(reader.jsonObject.certified())
    return builder.build()
}

private val IDS = kotlinx.serialization.builtins.ListSerializer(kotlinx.serialization.serializer<Int>())

private fun members(map: DataItem): Map<String, DataItem> = map.asMap.entries.associate { (name, value) -> name.asTstr to value }

private fun info(one: Call): DocRequestInfo? {
    if (!one.has("info") && !one.has("maximumResponseSize")) return null
    return DocRequestInfo(
        maximumResponseSize = if (one.has("maximumResponseSize")) one.number("maximumResponseSize") else null,
        otherInfo = if (one.has("info")) members(one.cbor("info")) else emptyMap(),
    )
}

/** What the device answered: the documents, verified, each with what the library thinks of its issuer. */
suspend fun read(call: Call): JsonElement {
    val reading = readings.of(call, "session")
    val (data, sessionStatus) = reading.encryption.decryptMessage(call.octets("message"))
    if (data == null) return said("sessionStatus" to sessionStatus)
    val response = Cbor.decode(data)
    return said("sessionStatus" to sessionStatus, *verified(call, response, reading.transcript, reading.key))
}

suspend fun verified(
    call: Call, response: DataItem, transcript: DataItem, key: EcPrivateKey?,
): Array<Pair<String, Any?>> {
    val read = DeviceResponse.fromDataItem(response)
    val at = if (call.has("now")) Instant.fromEpochSeconds(call.number("now")) else kotlin.time.Clock.System.now()
    read.verify(transcript, key?.let { agreeing(it) }, atTime = at)
    val trusted = TrustManager(EphemeralStorage())
    call.certificates("iaca").certificates.forEach { trusted.addX509Cert(it, TrustMetadata()) }
    val documents = read.documents.map { document ->
        val issuer = trusted.verify(document.issuerCertChain.certificates, at, docType = document.docType)
        said(
            "docType" to document.docType,
            "claims" to claims(document),
            "issuer" to if (issuer.isTrusted) "trusted" else issuer.error?.message,
            "device" to if (document.deviceAuth is DeviceAuth.Mac) "mac" else "signature",
            "deviceClaims" to document.deviceNamespaces.data,
            "digests" to document.mso.digestAlgorithm.name,
        )
    }
    return arrayOf(
        "version" to read.version,
        "status" to read.status,
        "documents" to documents,
        "documentErrors" to read.documentErrors,
    )
}

private fun claims(document: MdocDocument): Map<String, Map<String, DataItem>> =
    document.issuerNamespaces.data.mapValues { (_, items) -> items.mapValues { (_, item) -> item.dataElementValue } }

/** A message with a status and nothing else (Table 20). */
fun status(call: Call): JsonElement = SessionEncryption.encodeStatus(call.number("status")).text()
