/**
 * The library Multipaz as a peer: mdocs, and both sides of a session in proximity (ISO/IEC 18013-5).
 *
 *     {"call": "reader.establish", ...}  ->  {"result": ...}  or  {"error": "what the peer said"}
 *
 * A session or a wallet is kept here, and called by the number that its first call gave. Only what the peer says is
 * reported: no opinion here.
 */
import java.io.PrintStream
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonPrimitive

private suspend fun answer(call: Call): JsonElement = when (val name = call.text("call")) {
    "engagement.read" -> readEngagement(call)
    "device.engage" -> engage(call)
    "device.hear" -> hear(call)
    "device.answer" -> answerWith(call)
    "reader.establish" -> establish(call)
    "reader.ask" -> ask(call)
    "reader.read" -> read(call)
    "session.status" -> status(call)
    "document.issue" -> issue(call)
    "wallet.new" -> newWallet(call)
    "wallet.key" -> walletKey(call)
    "wallet.receive" -> walletReceive(call)
    "wallet.provision" -> walletProvision(call)
    "wallet.show" -> walletShow(call)
    "wallet.hear" -> walletHear(call)
    "wallet.browse" -> walletBrowse(call)
    "wallet.open" -> walletOpen(call)
    "nfc.device" -> nfcDevice(call)
    "nfc.reader" -> nfcReader(call)
    "status.sign" -> signStatus(call)
    "status.read" -> readStatus(call)
    "certificates" -> certificates(call)
    "vical.sign" -> signVical(call)
    "vical.read" -> readVical(call)
    "vical.trust" -> trustVical(call)
    "verifier.ask" -> verifierAsk(call)
    "verifier.read" -> verifierRead(call)
    else -> error("no such call: $name")
}

fun main() {
    val out = PrintStream(System.out, true, Charsets.UTF_8)
    System.setOut(System.err) // what the library logs is no answer
    Wire.ask = { question ->
        out.println(question)
        Json.parseToJsonElement(readln()) as JsonObject
    }
    while (true) {
        val line = readlnOrNull() ?: break
        val said = try {
            "result" to runBlocking { answer(Json.parseToJsonElement(line) as JsonObject) }
        } catch (refused: Throwable) {
            "error" to JsonPrimitive(told(refused))
        }
        out.println(JsonObject(mapOf(said)))
    }
}

/** What was thrown, and what that came from. */
private fun told(refused: Throwable): String =
    generateSequence(refused) { it.cause }.joinToString(": ") { it.message ?: it.javaClass.simpleName }
