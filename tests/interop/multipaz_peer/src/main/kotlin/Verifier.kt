/** The library's verifier: one request in the words of each protocol, and what it makes of the answer. */
import kotlin.time.Instant
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.multipaz.cbor.Cbor
import org.multipaz.cbor.Simple
import org.multipaz.crypto.Crypto
import org.multipaz.crypto.EcPrivateKey
import org.multipaz.documenttype.DocumentTypeRepository
import org.multipaz.mdoc.engagement.DeviceEngagement
import org.multipaz.mdoc.role.MdocRole
import org.multipaz.mdoc.sessionencryption.SessionEncryption
import org.multipaz.verification.JsonVerifiedPresentation
import org.multipaz.verification.MdocVerifiedPresentation
import org.multipaz.verification.PresentmentRecord
import org.multipaz.verification.VerificationSession
import org.multipaz.verification.VerificationUtil
import org.multipaz.verification.VerifiedPresentation
import org.multipaz.verification.VerifierIdentity

private class Verifying(val session: VerificationSession, val encryption: SessionEncryption?)

private val verifyings = Kept<Verifying>()

/** A request for `dcql` of `type` (a `VerificationSession.RequestType`), signed by `readers`, each with its client id. */
suspend fun verifierAsk(call: Call): JsonElement {
    val type = VerificationSession.RequestType.valueOf(call.text("type"))
    val nearby = type == VerificationSession.RequestType.ISO_18013_PROXIMITY
    val engagement = if (nearby) DeviceEngagement.fromDataItem(call.cbor("engagement")) else null
    val key: EcPrivateKey? = engagement?.let { Crypto.createEcPrivateKey(it.eDeviceKey.curve) }
    val session = VerificationUtil.generateVerificationSessionForDcql(
        requestTypes = listOf(type),
        dcql = call.member("dcql").toString(),
        verifierIdentities = call.list("readers").map { it.jsonObject }.map {
            VerifierIdentity(it.certified(), if (it.has("clientId")) it.text("clientId") else null)
        },
        origin = if (call.has("origin")) call.text("origin") else null,
        encryptResponse = !call.flag("clear"),
        responseUri = if (call.has("responseUri")) call.text("responseUri") else null,
        documentTypeRepository = DocumentTypeRepository(),
        deviceEngagement = if (nearby) kotlinx.io.bytestring.ByteString(call.octets("engagement")) else null,
        handover = if (nearby) Simple.NULL else null,
        eReaderKey = key,
        state = if (call.has("state")) call.text("state") else null,
    )
    val encryption = engagement?.let {
        val encodedKey = Cbor.encode(key!!.publicKey.toCoseKey().toDataItem())
        SessionEncryption(
            role = MdocRole.MDOC_READER,
            eSelfKey = key.duplicate(),
            remotePublicKey = it.eDeviceKey,
            encodedSessionTranscript = Cbor.encode(transcript(call.octets("engagement"), encodedKey, Simple.NULL)),
        )
    }
    return said("session" to verifyings.keep(Verifying(session, encryption)), "request" to request(session, encryption))
}

private suspend fun request(session: VerificationSession, encryption: SessionEncryption?): JsonElement =
    when (val made = session.requests.single()) {
        is VerificationSession.Iso18013ProximityRequest ->
            encryption!!.encryptMessage(Cbor.encode(made.deviceRequest), null).text()
        is VerificationSession.OpenID4VPUriSchemeRequest -> Json.parseToJsonElement(made.openID4VPRequest)
        else -> session.getDcRequest()
    }

/** What came: through the browser, posted, or as a message of a session. */
suspend fun verifierRead(call: Call): JsonElement {
    val verifying = verifyings.of(call, "session")
    val record: PresentmentRecord = when {
        call.has("credential") -> verifying.session.processDcResponse(call.member("credential"))
        call.has("posted") -> verifying.session.processOpenID4VPUriSchemeResponse(
            call.member("posted").mapValues { it.value.jsonPrimitive.content },
        )
        else -> {
            val (data, _) = verifying.encryption!!.decryptMessage(call.octets("message"))
            verifying.session.processIso18013ProximityResponse(Cbor.decode(data ?: error("no data")))
        }
    }
    val at = if (call.has("now")) Instant.fromEpochSeconds(call.number("now")) else kotlin.time.Clock.System.now()
    return said("presentations" to record.verify(at, DocumentTypeRepository()).map(::told))
}

private fun told(one: VerifiedPresentation): JsonObject = when (one) {
    is MdocVerifiedPresentation -> said(
        "id" to one.vpTokenIdentifier,
        "docType" to one.docType,
        "claims" to one.issuerSignedClaims.groupBy { it.namespaceName }
            .mapValues { (_, each) -> each.associate { it.dataElementName to it.value } },
    )
    is JsonVerifiedPresentation -> said("id" to one.vpTokenIdentifier)
    else -> error("a presentation of another kind")
}
