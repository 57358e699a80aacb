/** Status lists and lists of identifiers, as the library signs and reads them. */
import kotlin.time.Clock
import kotlin.time.Duration.Companion.seconds
import kotlin.time.Instant
import kotlinx.io.bytestring.ByteString
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonPrimitive
import org.multipaz.crypto.X509Cert
import org.multipaz.revocation.IdentifierList
import org.multipaz.revocation.StatusList

/** A list of `kind` (`jwt`, `cwt`, `identifiers`) at `uri`. */
suspend fun signStatus(call: Call): JsonElement {
    val signer = call.certified()
    if (call.text("kind") == "identifiers") {
        val now = Instant.fromEpochSeconds(Clock.System.now().epochSeconds)
        val revoked = call.list("identifiers").map { ByteString(it.octets()) }.toSet()
        return IdentifierList(revoked, now, now + 600.seconds).serializeAsCwt(signer, call.text("uri")).text()
    }
    val builder = StatusList.Builder(call.number("bits").toInt())
    call.list("statuses").forEachIndexed { index, each -> builder.addStatus(index, each.jsonPrimitive.int) }
    val list = builder.build().compress()
    return when (call.text("kind")) {
        "jwt" -> JsonPrimitive(list.serializeAsJwt(signer, call.text("uri")))
        else -> list.serializeAsCwt(signer, call.text("uri")).text()
    }
}

/** What the library reads in a `token` of `kind`, signed under `root`: the statuses at `at`, or whether identifiers are listed. */
suspend fun readStatus(call: Call): JsonElement {
    val root = X509Cert(ByteString(call.octets("root")))
    if (call.text("kind") == "identifiers") {
        val list = IdentifierList.fromCwt(call.octets("token"), root)
        return said("listed" to call.list("at").map { list.contains(ByteString(it.octets())) })
    }
    val list = when (call.text("kind")) {
        "jwt" -> StatusList.fromJwt(call.text("token"), root)
        else -> StatusList.fromCwt(call.octets("token"), root)
    }
    return said("statuses" to call.list("at").map { list[it.jsonPrimitive.int] })
}
