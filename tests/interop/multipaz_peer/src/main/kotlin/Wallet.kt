/** The library's whole wallet: its store of documents, its choice of what to show, its consent, its sessions. */
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.launch
import kotlinx.io.bytestring.ByteString
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonPrimitive
import org.multipaz.cbor.Cbor
import org.multipaz.cbor.DataItem
import org.multipaz.cbor.Simple
import org.multipaz.crypto.EcCurve
import org.multipaz.crypto.EcPrivateKey
import org.multipaz.crypto.EcPublicKey
import org.multipaz.document.DocumentStore
import org.multipaz.document.buildDocumentStore
import org.multipaz.documenttype.DocumentTypeRepository
import org.multipaz.mdoc.connectionmethod.MdocConnectionMethod
import org.multipaz.mdoc.connectionmethod.MdocConnectionMethodBle
import org.multipaz.mdoc.credential.MdocCredential
import org.multipaz.mdoc.role.MdocRole
import org.multipaz.mdoc.transport.MdocTransport
import org.multipaz.presentment.Iso18013Presentment
import org.multipaz.presentment.PresentmentSource
import org.multipaz.presentment.SimplePresentmentSource
import org.multipaz.presentment.digitalCredentialsPresentment
import org.multipaz.presentment.uriSchemePresentment
import org.multipaz.prompt.promptModelSilentConsent
import org.multipaz.request.TrustedRequesterIdentity
import org.multipaz.securearea.CreateKeySettings
import org.multipaz.securearea.SecureAreaRepository
import org.multipaz.securearea.software.SoftwareSecureArea
import org.multipaz.storage.ephemeral.EphemeralStorage
import org.multipaz.trustmanagement.TrustManager
import org.multipaz.trustmanagement.TrustMetadata
import org.multipaz.util.toBase64Url

class Wallet(
    val area: SoftwareSecureArea, val store: DocumentStore, val readers: TrustManager, val consents: Boolean,
) {
    val pending = mutableListOf<MdocCredential>()
    val asked = mutableListOf<Map<String, Any?>>()
    val source: PresentmentSource = SimplePresentmentSource(
        documentStore = store,
        documentTypeRepository = DocumentTypeRepository(),
        resolveTrustFn = { requester ->
            requester.requesterIdentities.firstNotNullOfOrNull { one ->
                val trusted = readers.verify(one.certChain.certificates, docType = null).isTrusted
                if (trusted) TrustedRequesterIdentity(one, TrustMetadata()) else null
            }
        },
        showConsentPromptFn = { requester, trusted, data, preselected, focus ->
            asked.add(mapOf("readers" to requester.requesterIdentities.size, "trusted" to (trusted != null)))
            if (consents) promptModelSilentConsent(requester, trusted, data, preselected, focus) else null
        },
        preferSignatureToKeyAgreement = false,
        domainsMdocSignature = listOf("signature"),
        domainsMdocKeyAgreement = listOf("mac"),
        domainsKeyBoundSdJwt = listOf("sdjwt"),
    )
}

private val wallets = Kept<Wallet>()

fun walletOf(call: Call): Wallet = wallets.of(call, "wallet")

/** A wallet without documents that trusts the readers under `readerCa`; its holder says no if `refuses`. */
suspend fun newWallet(call: Call): JsonElement {
    val storage = EphemeralStorage()
    val area = SoftwareSecureArea.create(storage)
    val store = buildDocumentStore(storage, SecureAreaRepository.Builder().add(area).build()) {}
    val readers = TrustManager(EphemeralStorage())
    call.certificates("readerCa").certificates.forEach { readers.addX509Cert(it, TrustMetadata()) }
    return JsonPrimitive(wallets.keep(Wallet(area, store, readers, consents = !call.flag("refuses"))))
}

/** The public key for a document that is to be issued, on `curve`; one that makes MACs if `mac`. */
suspend fun walletKey(call: Call): JsonElement {
    val wallet = wallets.of(call, "wallet")
    val curve = EcCurve.fromJwkName(call.text("curve"))
    val algorithm = if (call.flag("mac")) curve.defaultKeyAgreementAlgorithm else curve.defaultSigningAlgorithmFullySpecified
    val credential = MdocCredential.create(
        document = wallet.store.createDocument(displayName = call.text("docType")),
        asReplacementForIdentifier = null,
        domain = if (call.flag("mac")) "mac" else "signature",
        secureArea = wallet.area,
        docType = call.text("docType"),
        createKeySettings = CreateKeySettings(algorithm = algorithm),
    )
    wallet.pending.add(credential)
    val key = wallet.area.getKeyInfo(credential.alias).publicKey as EcPublicKey
    return said("number" to wallet.pending.size - 1, "key" to key.toJwk())
}

/** Takes what was issued for key `number`, and tells what it finds in it. */
suspend fun walletReceive(call: Call): JsonElement {
    val credential = wallets.of(call, "wallet").pending[call.number("number").toInt()]
    val issued = ByteString(call.octets("issuerSigned"))
    val found = credential.validate(issued, kotlin.time.Clock.System.now())
    credential.certify(issued)
    credential.document.edit { provisioned = true }
    return JsonPrimitive(found.findings.joinToString("; ") { "${it.severity}: ${it.message}" })
}

/** One side of a link whose other side is the test. */
private class Line(override val connectionMethod: MdocConnectionMethod) : MdocTransport() {
    val incoming = Channel<ByteArray>(Channel.UNLIMITED)

    /** What the wallet sent; null when it waits for the reader, or is done. */
    val outgoing = Channel<ByteArray?>(Channel.UNLIMITED)
    override val state = MutableStateFlow(State.CONNECTED)
    override val role = MdocRole.MDOC
    override val scanningTime = null

    override suspend fun advertise() = Unit
    override suspend fun open(eSenderKey: EcPublicKey) = Unit
    override suspend fun sendMessage(message: ByteArray) = outgoing.send(message)
    override suspend fun waitForMessage(): ByteArray {
        outgoing.send(null)
        return incoming.receive()
    }
    override suspend fun close() {
        state.value = State.CLOSED
    }
}

private class Presenting(val line: Line, val wallet: Wallet) {
    var ended: String? = null
    lateinit var job: Job
}

private val presentings = Kept<Presenting>()

/** A wallet that shows its code. */
suspend fun walletShow(call: Call): JsonElement {
    val key = newKey(call)
    return present(wallets.of(call, "wallet"), key, newEngagement(call, key), Simple.NULL)
}

private suspend fun present(wallet: Wallet, key: EcPrivateKey, engagement: DataItem, handover: DataItem): JsonElement {
    val line = Line(MdocConnectionMethodBle(false, true, null, org.multipaz.util.UUID.randomUUID()))
    val presenting = Presenting(line, wallet)
    presenting.job = CoroutineScope(Dispatchers.Default).launch {
        presenting.ended = try {
            Iso18013Presentment(line, key, engagement, handover, wallet.source, listOf(key.curve))
            ""
        } catch (refused: Exception) {
            "${refused::class.simpleName}: ${refused.message}"
        }
        line.outgoing.send(null)
    }
    line.outgoing.receive() // it waits now
    val encoded = Cbor.encode(engagement)
    return said(
        "session" to presentings.keep(presenting),
        "engagement" to encoded,
        "uri" to "mdoc:" + encoded.toBase64Url(),
    )
}

/** A message of the reader; what the wallet sends until it waits again, or how it ended. */
suspend fun walletHear(call: Call): JsonElement {
    val presenting = presentings.of(call, "session")
    presenting.line.incoming.send(call.octets("message"))
    val messages = mutableListOf<ByteArray>()
    while (true) messages.add(presenting.line.outgoing.receive() ?: break)
    return said("messages" to messages, "ended" to presenting.ended, "asked" to presenting.wallet.asked)
}

/** The wallet's answer to a page (Digital Credentials API). */
suspend fun walletBrowse(call: Call): JsonElement = digitalCredentialsPresentment(
    protocol = call.text("protocol"),
    data = call.member("data"),
    appId = null,
    origin = call.text("origin"),
    preselectedDocuments = emptyList(),
    source = wallets.of(call, "wallet").source,
)

/** The wallet opens a link. */
suspend fun walletOpen(call: Call): JsonElement = JsonPrimitive(
    uriSchemePresentment(
        source = wallets.of(call, "wallet").source,
        uri = call.text("uri"),
        appId = null,
        origin = null,
        httpClientEngineFactory = AskedEngine,
    ),
)
