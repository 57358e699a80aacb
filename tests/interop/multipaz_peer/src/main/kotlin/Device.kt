/** The library's messages of a device: engagement, what it reads in a request, and a response of given documents. */
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.multipaz.cbor.Cbor
import org.multipaz.cbor.DataItem
import org.multipaz.cbor.Simple
import org.multipaz.crypto.AsymmetricKey
import org.multipaz.crypto.EcPrivateKey
import org.multipaz.mdoc.devicesigned.DeviceNamespaces
import org.multipaz.mdoc.devicesigned.buildDeviceNamespaces
import org.multipaz.mdoc.issuersigned.IssuerNamespaces
import org.multipaz.mdoc.request.DeviceRequest
import org.multipaz.mdoc.response.DeviceResponse
import org.multipaz.mdoc.role.MdocRole
import org.multipaz.mdoc.sessionencryption.EReaderKey
import org.multipaz.mdoc.sessionencryption.SessionEncryption
import org.multipaz.request.Iso18013RequesterIdentity
import org.multipaz.request.MdocRequestedClaim
import org.multipaz.util.toBase64Url

private class Showing(val key: EcPrivateKey, val engagement: ByteArray, val handover: DataItem) {
    var encryption: SessionEncryption? = null
    lateinit var reader: EReaderKey
    lateinit var transcript: DataItem
}

private val showings = Kept<Showing>()

/** A device that waits, with the text of its QR code; with a handover it was engaged by NFC. */
suspend fun engage(call: Call): JsonElement {
    val key = newKey(call)
    return waiting(key, Cbor.encode(newEngagement(call, key)), Simple.NULL)
}

fun waiting(key: EcPrivateKey, engagement: ByteArray, handover: DataItem): JsonElement = said(
    "session" to showings.keep(Showing(key, engagement, handover)),
    "engagement" to engagement,
    "uri" to "mdoc:" + engagement.toBase64Url(),
)

/** A message of the reader: what it asks for, and who it says it is. */
suspend fun hear(call: Call): JsonElement {
    val showing = showings.of(call, "session")
    val message = call.octets("message")
    val encryption = showing.encryption ?: begun(showing, message).also { showing.encryption = it }
    val (data, status) = encryption.decryptMessage(message)
    if (data == null) return said("status" to status)
    val request = DeviceRequest.fromDataItem(Cbor.decode(data))
    request.verifyReaderAuthentication(showing.transcript)
    return said("status" to status, *understood(request))
}

/** What a request says, after its signatures were verified. */
fun understood(request: DeviceRequest): Array<Pair<String, Any?>> = arrayOf(
    "version" to request.version,
    "asked" to request.docRequests.map {
        said("docType" to it.docType, "namespaces" to it.nameSpaces, "info" to it.docRequestInfo?.otherInfo)
    },
    "signed" to request.docRequests.map { it.readerAuth != null },
    "all" to request.readerAuthAll.size,
    "readers" to request.getRequesterIdentities().map {
        (it as Iso18013RequesterIdentity).certChain.certificates.map { one -> one.encoded }
    },
)

private fun begun(showing: Showing, message: ByteArray): SessionEncryption {
    showing.reader = SessionEncryption.getEReaderKey(message)
    showing.transcript = transcript(showing.engagement, showing.reader.encodedCoseKey, showing.handover)
    return SessionEncryption(
        role = MdocRole.MDOC,
        eSelfKey = showing.key.duplicate(),
        remotePublicKey = showing.reader.publicKey,
        encodedSessionTranscript = Cbor.encode(showing.transcript),
    )
}

/** The answer with `documents`: what an issuer signed, the elements to show, and the device's key; `mac` instead of a signature. */
suspend fun answerWith(call: Call): JsonElement {
    val showing = showings.of(call, "session")
    val response = deviceResponse(call, showing.transcript, showing.reader.publicKey)
    val status = if (call.has("sessionStatus")) call.number("sessionStatus") else null
    return said("message" to showing.encryption!!.encryptMessage(Cbor.encode(response.toDataItem()), status))
}

suspend fun deviceResponse(
    call: Call, transcript: DataItem, readerKey: org.multipaz.crypto.EcPublicKey?,
): DeviceResponse {
    val status = if (call.has("status")) call.number("status").toInt() else DeviceResponse.STATUS_OK
    val builder = DeviceResponse.Builder(transcript, status, readerKey)
    for (one in call.list("documents").map { it.jsonObject }) {
        val issuerSigned = one.cbor("issuerSigned")
        val key = one.key("key")
        val docType = one.text("docType")
        val claims = one.byNamespace("show") { true }.flatMap { (space, names) ->
            names.keys.map { MdocRequestedClaim(docType = docType, namespaceName = space, dataElementName = it, intentToRetain = false) }
        }
        builder.addDocument(
            docType = docType,
            issuerAuth = issuerSigned["issuerAuth"].asCoseSign1,
            issuerNamespaces = IssuerNamespaces.fromDataItem(issuerSigned["nameSpaces"]).filter(claims),
            deviceNamespaces = deviceSigned(one),
            deviceKey = if (one.flag("mac")) agreeing(key) else AsymmetricKey.AnonymousExplicit(key),
        )
    }
    for (docType in call.list("missing")) {
        builder.addDocumentError(mapOf(docType.jsonPrimitive.content to DeviceResponse.ERROR_CODE_DATA_NOT_RETURNED))
    }
    return builder.build()
}

private fun deviceSigned(one: Call): DeviceNamespaces = buildDeviceNamespaces {
    if (one.has("deviceSigned")) {
        for ((space, elements) in one.byNamespace("deviceSigned") { Cbor.decode(it.octets()) }) {
            addNamespace(space) { elements.forEach { (name, value) -> addDataElement(name, value) } }
        }
    }
}
