/** The library's wallet gets cards of an issuer (OpenID4VCI). */
import io.ktor.client.HttpClient
import io.ktor.client.plugins.HttpTimeout
import io.ktor.client.request.get
import kotlin.reflect.KClass
import kotlin.reflect.cast
import kotlin.time.Clock
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import kotlinx.io.bytestring.ByteString
import kotlinx.io.bytestring.decodeToString
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.put
import org.multipaz.crypto.Algorithm
import org.multipaz.crypto.AsymmetricKey
import org.multipaz.mdoc.credential.MdocCredential
import org.multipaz.provisioning.AuthorizationChallenge
import org.multipaz.provisioning.AuthorizationResponse
import org.multipaz.provisioning.CredentialFormat
import org.multipaz.provisioning.CredentialKeyAttestation
import org.multipaz.provisioning.CredentialMetadata
import org.multipaz.provisioning.KeyBindingInfo
import org.multipaz.provisioning.KeyBindingType
import org.multipaz.provisioning.ProvisioningClient
import org.multipaz.provisioning.openid4vci.OpenID4VCI
import org.multipaz.provisioning.openid4vci.OpenID4VCIBackend
import org.multipaz.provisioning.openid4vci.OpenID4VCIClientPreferences
import org.multipaz.provisioning.openid4vci.OpenID4VCILocalBackend
import org.multipaz.rpc.backend.BackendEnvironment
import org.multipaz.sdjwt.credential.KeyBoundSdJwtVcCredential
import org.multipaz.securearea.CreateKeySettings
import org.multipaz.securearea.SecureAreaProvider
import org.multipaz.credential.SecureAreaBoundCredential
import org.multipaz.webtoken.buildJwt

private class Environment(private val all: Map<KClass<*>, Any>) : BackendEnvironment {
    override fun <T : Any> getInterface(clazz: KClass<T>): T? = all[clazz]?.let { clazz.cast(it) }
}

/** A wallet provider that says of keys that they are `stored` so. */
private class Provider(private val local: OpenID4VCIBackend, private val stored: List<String>) : OpenID4VCIBackend by local {
    override suspend fun createJwtKeyAttestation(
        credentialKeyAttestations: List<CredentialKeyAttestation>,
        challenge: String,
        userAuthentication: List<String>?,
        keyStorage: List<String>?,
    ): String = local.createJwtKeyAttestation(credentialKeyAttestations, challenge, stored, stored)
}

/** Takes an offer to `wallet`; `copies` of the card, a `txCode` if one was told; its `provider` attests it and its keys. */
suspend fun walletProvision(call: Call): JsonElement {
    val wallet = walletOf(call)
    val provider = call.member("provider").certified()
    val client = call.text("clientId")
    val preferences = OpenID4VCIClientPreferences(client, call.text("redirectUri"), listOf("en"), listOf(Algorithm.ESP256))
    val http = HttpClient(AskedEngine) {
        install(HttpTimeout)
        followRedirects = false
    }
    val environment = Environment(
        mapOf(
            HttpClient::class to http,
            SecureAreaProvider::class to SecureAreaProvider(Dispatchers.Default) { wallet.area },
            OpenID4VCIClientPreferences::class to preferences,
            OpenID4VCIBackend::class to Provider(
                OpenID4VCILocalBackend(provider, provider, client, "Peer Wallet", "https://wallet.example/"),
                call.list("stored").map { it.jsonPrimitive.content },
            ),
        ),
    )
    return withContext(environment) {
        val issuer = OpenID4VCI.createClientFromOffer(call.text("offer"), preferences)
        authorize(issuer, call, http)
        val offered = issuer.getMetadata().credentials.values.single()
        val challenge = issuer.getKeyBindingChallenge()
        val pending = List(minOf(call.number("copies").toInt(), offered.maxBatchSize)) { pending(wallet, offered) }
        val issued = issuer.obtainCredentials(proofs(offered, challenge, pending))
        said(
            "display" to offered.display.text,
            "cards" to issued.certifications.map { one ->
                val credential = pending.single { it.identifier == one.credentialId }
                val found = credential.validate(one.issuerData, Clock.System.now())
                credential.certify(one.issuerData)
                said(
                    "found" to found.findings.joinToString("; ") { "${it.severity}: ${it.message}" },
                    "card" to if (credential is MdocCredential) one.issuerData.text() else JsonPrimitive(one.issuerData.decodeToString()),
                )
            },
        )
    }
}

private suspend fun authorize(issuer: ProvisioningClient, call: Call, http: HttpClient) {
    var asked = issuer.getAuthorizationChallenges()
    var tries = 0
    while (asked.isNotEmpty()) {
        check(tries++ == 0) { "asked again: $asked" }
        when (val one = asked.first()) {
            is AuthorizationChallenge.SecretText -> issuer.authorize(AuthorizationResponse.SecretText(one.id, call.text("txCode")))
            is AuthorizationChallenge.OAuth -> {
                val back = http.get(one.url).headers["Location"] ?: error("no redirection")
                issuer.authorize(AuthorizationResponse.OAuth(one.id, back))
            }
        }
        asked = issuer.getAuthorizationChallenges()
    }
}

private suspend fun pending(wallet: Wallet, offered: CredentialMetadata): SecureAreaBoundCredential {
    val document = wallet.store.createDocument(displayName = offered.display.text)
    val settings = CreateKeySettings(algorithm = Algorithm.ESP256)
    return when (val format = offered.format) {
        is CredentialFormat.Mdoc ->
            MdocCredential.create(document, null, "signature", wallet.area, format.docType, settings)
        is CredentialFormat.SdJwt ->
            KeyBoundSdJwtVcCredential.create(document, null, "sdjwt", wallet.area, format.vct, settings)
    }
}

private suspend fun proofs(
    offered: CredentialMetadata, challenge: String, pending: List<SecureAreaBoundCredential>,
): KeyBindingInfo = when (val kind = offered.keyBindingType) {
    is KeyBindingType.Attestation ->
        KeyBindingInfo.Attestation(pending.map { CredentialKeyAttestation(it.identifier, it.getAttestation()) })
    is KeyBindingType.OpenidProofOfPossession -> KeyBindingInfo.OpenidProofOfPossession(
        pending.map { one ->
            val key = AsymmetricKey.anonymous(one.secureArea, one.alias)
            val jwk = key.publicKey.toJwk(buildJsonObject { put("kid", one.identifier) })
            buildJwt("openid4vci-proof+jwt", key, header = { put("jwk", jwk) }) {
                put("iss", kind.clientId)
                put("aud", kind.aud)
                put("nonce", challenge)
            }
        },
    )
    KeyBindingType.Keyless -> KeyBindingInfo.Keyless
}
