/** Calls come as JSON lines and are answered as JSON lines, as with the npm peers; octets are base64url. */
import kotlinx.io.bytestring.ByteString
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import org.multipaz.cbor.Cbor
import org.multipaz.cbor.DataItem
import org.multipaz.crypto.Algorithm
import org.multipaz.crypto.AsymmetricKey
import org.multipaz.crypto.EcPrivateKey
import org.multipaz.crypto.X509Cert
import org.multipaz.crypto.X509CertChain
import org.multipaz.util.fromBase64Url
import org.multipaz.util.toBase64Url

typealias Call = JsonObject

object Wire {
    /** Asks the test something while it waits for an answer. */
    lateinit var ask: (JsonObject) -> JsonObject
}

fun Call.text(name: String): String = this[name]?.jsonPrimitive?.content ?: error("the call has no $name")
fun Call.number(name: String): Long = this[name]?.jsonPrimitive?.long ?: error("the call has no $name")
fun Call.flag(name: String): Boolean = this[name]?.jsonPrimitive?.boolean ?: false
fun Call.octets(name: String): ByteArray = text(name).fromBase64Url()
fun Call.cbor(name: String): DataItem = Cbor.decode(octets(name))
fun Call.member(name: String): JsonObject = this[name]?.jsonObject ?: error("the call has no $name")
fun Call.list(name: String): List<JsonElement> = this[name]?.jsonArray ?: emptyList()
fun Call.has(name: String): Boolean = name in this

fun ByteArray.text(): JsonPrimitive = JsonPrimitive(toBase64Url())
fun ByteString.text(): JsonPrimitive = toByteArray().text()
fun DataItem.text(): JsonPrimitive = Cbor.encode(this).text()

fun said(vararg members: Pair<String, Any?>): JsonObject = JsonObject(members.associate { (name, value) -> name to json(value) })

private fun json(value: Any?): JsonElement = when (value) {
    null -> JsonNull
    is JsonElement -> value
    is String -> JsonPrimitive(value)
    is Number -> JsonPrimitive(value)
    is Boolean -> JsonPrimitive(value)
    is ByteArray -> value.text()
    is ByteString -> value.text()
    is DataItem -> value.text()
    is Map<*, *> -> JsonObject(value.entries.associate { (name, each) -> name.toString() to json(each) })
    is Iterable<*> -> JsonArray(value.map(::json))
    else -> error("${value::class} is not written as JSON")
}

/** A private key, given as JWK, that signs. */
fun Call.key(name: String): EcPrivateKey = EcPrivateKey.fromJwk(member(name))

/** The same with its certificates. */
fun Call.certified(): AsymmetricKey.X509CertifiedExplicit =
    AsymmetricKey.X509CertifiedExplicit(certificates("chain"), key("key"))

/** A private key that only agrees on a secret with others. */
fun agreeing(key: EcPrivateKey): AsymmetricKey =
    AsymmetricKey.AnonymousExplicit(key, key.curve.defaultKeyAgreementAlgorithm)

/** Certificates, DER, the leaf first. */
fun Call.certificates(name: String): X509CertChain =
    X509CertChain(list(name).map { X509Cert(ByteString(it.jsonPrimitive.content.fromBase64Url())) })

/** Namespace to element to anything. */
fun <T> Call.byNamespace(name: String, of: (JsonElement) -> T): Map<String, Map<String, T>> =
    member(name).mapValues { (_, elements) -> elements.jsonObject.mapValues { (_, each) -> of(each) } }

/** What was made here, by number. */
class Kept<T : Any> {
    private val all = mutableListOf<T>()

    fun keep(one: T): Int {
        all.add(one)
        return all.size - 1
    }

    fun of(call: Call, name: String): T = all[call.number(name).toInt()]
}

fun digestAlgorithm(name: String): Algorithm = when (name) {
    "SHA-256" -> Algorithm.SHA256
    "SHA-384" -> Algorithm.SHA384
    "SHA-512" -> Algorithm.SHA512
    else -> error("no digest algorithm $name")
}
