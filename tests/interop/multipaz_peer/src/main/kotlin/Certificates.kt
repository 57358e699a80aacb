/** Certificates of ISO/IEC 18013-5 Annex B, as the library makes them. */
import kotlin.time.Instant
import kotlinx.serialization.json.JsonElement
import org.multipaz.asn1.ASN1Integer
import org.multipaz.crypto.AsymmetricKey
import org.multipaz.crypto.X500Name
import org.multipaz.crypto.X509CertChain
import org.multipaz.mdoc.util.MdocUtil

/** An authority for documents and one for readers, and a certificate of each for its key. */
suspend fun certificates(call: Call): JsonElement {
    val from = Instant.fromEpochSeconds(call.number("from"))
    val until = Instant.fromEpochSeconds(call.number("until"))
    val root = AsymmetricKey.AnonymousExplicit(call.key("root"))
    val crl = "https://crl.example/crl"
    val iaca = MdocUtil.generateIacaCertificate(
        root, X500Name.fromName("CN=Their IACA,C=NL"), ASN1Integer(1000001), from, until, "https://iaca.example/", crl,
    )
    val signer = MdocUtil.generateDsCertificate(
        AsymmetricKey.X509CertifiedExplicit(X509CertChain(listOf(iaca)), call.key("root")),
        call.key("signer").publicKey, X500Name.fromName("CN=Their signer,C=NL"), ASN1Integer(1000002), from, until,
    )
    val readers = MdocUtil.generateReaderRootCertificate(
        root, X500Name.fromName("CN=Their readers,C=NL"), ASN1Integer(1000003), from, until, crl,
    )
    val reader = MdocUtil.generateReaderCertificate(
        AsymmetricKey.X509CertifiedExplicit(X509CertChain(listOf(readers)), call.key("root")),
        call.key("reader").publicKey, X500Name.fromName("CN=Their reader,C=NL"), "rp.example", ASN1Integer(1000004), from, until,
    )
    return said(
        "iaca" to iaca.encoded, "signer" to signer.encoded, "readers" to readers.encoded, "reader" to reader.encoded,
    )
}
