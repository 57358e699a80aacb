/** Documents that the library issues. */
import kotlin.time.Instant
import kotlinx.serialization.json.JsonElement
import org.multipaz.cbor.Bstr
import org.multipaz.cbor.Cbor
import org.multipaz.cbor.Tagged
import org.multipaz.cbor.buildCborMap
import org.multipaz.cbor.toDataItem
import org.multipaz.cose.Cose
import org.multipaz.cose.toCoseLabel
import org.multipaz.crypto.EcPublicKey
import org.multipaz.mdoc.issuersigned.buildIssuerNamespaces
import org.multipaz.mdoc.mso.MobileSecurityObject

/** An `IssuerSigned` over `elements` (namespace to element to encoded value), signed with `key` and its `chain`. */
suspend fun issue(call: Call): JsonElement {
    val elements = buildIssuerNamespaces {
        for ((space, each) in call.byNamespace("elements") { Cbor.decode(it.octets()) }) {
            addNamespace(space) { each.forEach { (name, value) -> addDataElement(name, value) } }
        }
    }
    val digests = digestAlgorithm(call.text("digests"))
    val mso = MobileSecurityObject(
        version = "1.0",
        docType = call.text("docType"),
        signedAt = Instant.fromEpochSeconds(call.number("signed")),
        validFrom = Instant.fromEpochSeconds(call.number("signed")),
        validUntil = Instant.fromEpochSeconds(call.number("until")),
        expectedUpdate = null,
        digestAlgorithm = digests,
        valueDigests = elements.getValueDigests(digests),
        deviceKey = EcPublicKey.fromJwk(call.member("deviceKey")),
        deviceKeyAuthorizedNamespaces = call.list("authorized").map { Call(mapOf("it" to it)).text("it") },
    )
    val signer = call.certified()
    val issuerAuth = Cose.coseSign1Sign(
        signingKey = signer,
        message = Cbor.encode(Tagged(Tagged.ENCODED_CBOR, Bstr(Cbor.encode(mso.toDataItem())))),
        includeMessageInPayload = true,
        protectedHeaders = mapOf(
            Cose.COSE_LABEL_ALG.toCoseLabel to
                signer.ecPrivateKey.curve.defaultSigningAlgorithm.coseAlgorithmIdentifier!!.toDataItem(),
        ),
        unprotectedHeaders = mapOf(Cose.COSE_LABEL_X5CHAIN.toCoseLabel to signer.certChain.toCoseX5Chain()),
    )
    return buildCborMap {
        put("nameSpaces", elements.toDataItem())
        put("issuerAuth", issuerAuth.toDataItem())
    }.text()
}
