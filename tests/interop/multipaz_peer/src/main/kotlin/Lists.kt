/** Lists of authorities that issue documents (VICAL), as the library signs, reads and uses them. */
import kotlin.time.Instant
import kotlinx.io.bytestring.ByteString
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.multipaz.crypto.X509Cert
import org.multipaz.mdoc.vical.SignedVical
import org.multipaz.mdoc.vical.Vical
import org.multipaz.mdoc.vical.VicalCertificateInfo
import org.multipaz.trustmanagement.TrustManager
import org.multipaz.trustmanagement.TrustMetadata
import org.multipaz.storage.ephemeral.EphemeralStorage

suspend fun signVical(call: Call): JsonElement {
    val signer = call.certified()
    fun moment(name: String) = if (call.has(name)) Instant.fromEpochSeconds(call.number(name)) else null
    val vical = Vical(
        version = "1.0",
        vicalProvider = call.text("provider"),
        date = moment("date")!!,
        nextUpdate = moment("nextUpdate"),
        notAfter = moment("notAfter"),
        vicalIssueID = call.number("issue"),
        certificateInfos = call.list("authorities").map { it.jsonObject }.map { one ->
            VicalCertificateInfo(
                X509Cert(ByteString(one.octets("certificate"))), one.list("docTypes").map { it.jsonPrimitive.content },
            )
        },
        vicalUrl = if (call.has("url")) call.text("url") else null,
        extensions = emptyMap(),
    )
    return SignedVical(vical, signer.certChain).generate(signer).text()
}

suspend fun readVical(call: Call): JsonElement {
    val read = SignedVical.parse(call.octets("vical"))
    return said(
        "provider" to read.vical.vicalProvider,
        "date" to read.vical.date.epochSeconds,
        "nextUpdate" to read.vical.nextUpdate?.epochSeconds,
        "issue" to read.vical.vicalIssueID,
        "signer" to read.vicalProviderCertificateChain.certificates.map { it.encoded },
        "authorities" to read.vical.certificateInfos.map { said("certificate" to it.certificate.encoded, "docTypes" to it.docTypes) },
    )
}

/** Whether a certificate's chain is trusted for a document type, by the list alone. */
suspend fun trustVical(call: Call): JsonElement {
    val trusted = TrustManager(EphemeralStorage())
    trusted.addVical(ByteString(call.octets("vical")), TrustMetadata())
    val verdict = trusted.verify(call.certificates("chain").certificates, docType = call.text("docType"))
    return said("trusted" to verdict.isTrusted, "error" to verdict.error?.message)
}
