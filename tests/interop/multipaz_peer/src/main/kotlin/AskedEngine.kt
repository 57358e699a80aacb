/** What the library would fetch, the test is asked for. */
import io.ktor.client.engine.HttpClientEngine
import io.ktor.client.engine.HttpClientEngineBase
import io.ktor.client.engine.HttpClientEngineCapability
import io.ktor.client.engine.HttpClientEngineConfig
import io.ktor.client.engine.HttpClientEngineFactory
import io.ktor.client.engine.callContext
import io.ktor.client.plugins.HttpTimeoutCapability
import io.ktor.client.request.HttpRequestData
import io.ktor.client.request.HttpResponseData
import io.ktor.http.HttpProtocolVersion
import io.ktor.http.HttpStatusCode
import io.ktor.http.content.OutgoingContent
import io.ktor.http.headers
import io.ktor.util.date.GMTDate
import io.ktor.utils.io.ByteReadChannel
import io.ktor.utils.io.InternalAPI
import java.util.Base64
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonPrimitive

object AskedEngine : HttpClientEngineFactory<HttpClientEngineConfig> {
    override fun create(block: HttpClientEngineConfig.() -> Unit): HttpClientEngine = Engine(HttpClientEngineConfig().apply(block))
}

private class Engine(override val config: HttpClientEngineConfig) : HttpClientEngineBase("asked") {
    override val supportedCapabilities: Set<HttpClientEngineCapability<*>> = setOf(HttpTimeoutCapability)

    @InternalAPI
    override suspend fun execute(data: HttpRequestData): HttpResponseData {
        val body = (data.body as? OutgoingContent.ByteArrayContent)?.bytes() ?: ByteArray(0)
        val named = data.headers.entries().flatMap { (name, values) -> values.map { listOf(name.lowercase(), it) } }
        val typed = listOfNotNull(data.body.contentType?.let { listOf("content-type", it.toString()) })
        val fetch = said(
            "method" to data.method.value,
            "url" to data.url.toString(),
            "headers" to named.filter { it[0] != "content-type" || typed.isEmpty() } + typed,
            "body" to Base64.getEncoder().encodeToString(body),
        )
        val reply = Wire.ask(said("fetch" to fetch))
        return HttpResponseData(
            statusCode = HttpStatusCode.fromValue(reply.number("status").toInt()),
            requestTime = GMTDate(),
            headers = headers {
                for (each in reply.list("headers").map { it.jsonArray }) {
                    append(each[0].jsonPrimitive.content, each[1].jsonPrimitive.content)
                }
            },
            version = HttpProtocolVersion.HTTP_1_1,
            body = ByteReadChannel(Base64.getDecoder().decode(reply.text("body"))),
            callContext = callContext(),
        )
    }
}
