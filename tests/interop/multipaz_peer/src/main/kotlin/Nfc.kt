/** Engagement by NFC (ISO/IEC 18013-5 §8.2.2.1): both sides of the library, over APDUs. */
import kotlinx.io.bytestring.ByteString
import kotlinx.serialization.json.JsonElement
import org.multipaz.cbor.Cbor
import org.multipaz.cbor.DataItem
import org.multipaz.mdoc.nfc.MdocNfcEngagementHelper
import org.multipaz.mdoc.nfc.MdocReaderNfcHandoverResult
import org.multipaz.mdoc.nfc.mdocReaderNfcHandover
import org.multipaz.nfc.CommandApdu
import org.multipaz.nfc.NdefMessage
import org.multipaz.nfc.Nfc
import org.multipaz.nfc.NfcIsoTag
import org.multipaz.nfc.ResponseApdu
import org.multipaz.nfc.ServiceParameterRecord
import org.multipaz.nfc.ServiceSelectRecord
import org.multipaz.nfc.TnepStatusRecord

private const val NDEF_FILE = 0xe104

private abstract class Tag : NfcIsoTag() {
    override val maxTransceiveLength = 0x10000
    override suspend fun close() = Unit
    override suspend fun updateDialogMessage(message: String) = Unit
}

/** The library's device, touched by a reader of the test's: `request` is that reader's message, if the handover is negotiated. */
suspend fun nfcDevice(call: Call): JsonElement {
    val key = newKey(call)
    val offered = methods(call)
    val negotiated = call.has("request")
    var done: Pair<ByteString, DataItem>? = null
    var failed: Exception? = null
    val device = MdocNfcEngagementHelper(
        eDeviceKey = key.publicKey,
        onHandoverComplete = { _, engagement, handover -> done = Pair(engagement, handover) },
        onError = { failed = it },
        staticHandoverMethods = if (negotiated) null else offered,
        negotiatedHandoverPicker = if (negotiated) { found -> found.first() } else null,
    )
    val tag = object : Tag() {
        override suspend fun transceive(command: CommandApdu): ResponseApdu = device.processApdu(command)
    }
    tag.selectApplication(Nfc.NDEF_APPLICATION_ID)
    tag.selectFile(NDEF_FILE)
    var select = tag.ndefReadMessage()
    if (negotiated) {
        val service = ServiceSelectRecord(Nfc.SERVICE_NAME_CONNECTION_HANDOVER).toNdefRecord()
        tag.ndefTransact(NdefMessage(listOf(service)), 0, 0)
        select = tag.ndefTransact(NdefMessage.fromEncoded(call.octets("request")), 0, 0)
    }
    failed?.let { throw it }
    val (engagement, handover) = done ?: error("no handover")
    return said(
        "device" to waiting(key, engagement.toByteArray(), handover),
        "select" to select.encode(),
        "handover" to handover,
    )
}

/** The library's reader, touching a device of the test's: `select` is that device's message, or it is asked for one. */
suspend fun nfcReader(call: Call): JsonElement {
    val device = if (call.has("select")) Selecting(call.octets("select")) else Negotiating()
    val found = mdocReaderNfcHandover(device, methods(call)) ?: error("no NDEF application")
    return told(found)
}

private fun told(found: MdocReaderNfcHandoverResult): JsonElement = said(
    "engagement" to found.encodedDeviceEngagement,
    "handover" to found.handover,
    "type" to found.type.name,
    "methods" to found.connectionMethods.map(::method),
)

/** A tag of type 4 with one file. */
private open class Selecting(protected var file: ByteArray) : Tag() {
    private var selected = ByteArray(0)

    override suspend fun transceive(command: CommandApdu): ResponseApdu = when {
        command.isApplicationSelect -> ResponseApdu(Nfc.RESPONSE_STATUS_SUCCESS)
        command.ins == Nfc.INS_SELECT -> {
            val capabilities = command.payload[1] == 3.toByte()
            selected = if (capabilities) CAPABILITIES else sized(file)
            ResponseApdu(Nfc.RESPONSE_STATUS_SUCCESS)
        }
        command.ins == Nfc.INS_READ_BINARY -> {
            val from = command.p1 * 0x100 + command.p2
            ResponseApdu(Nfc.RESPONSE_STATUS_SUCCESS, ByteString(selected.copyOfRange(from, minOf(from + command.le, selected.size))))
        }
        command.ins == Nfc.INS_UPDATE_BINARY -> {
            selected = written(command.p1 * 0x100 + command.p2, command.payload.toByteArray())?.let(::sized) ?: selected
            ResponseApdu(Nfc.RESPONSE_STATUS_SUCCESS)
        }
        else -> ResponseApdu(Nfc.RESPONSE_STATUS_ERROR_INSTRUCTION_NOT_SUPPORTED_OR_INVALID)
    }

    /** What is read next, once a message was written. */
    protected open suspend fun written(offset: Int, data: ByteArray): ByteArray? = null

    private fun sized(message: ByteArray) = byteArrayOf((message.size shr 8).toByte(), message.size.toByte()) + message

    private companion object {
        val CAPABILITIES = byteArrayOf(0, 15, 32, 127, -1, 127, -1, 4, 6, 0xe1.toByte(), 4, 127, -1, 0, 0)
    }
}

/** The same, that is written to: it offers the service, then the test answers the request for a handover. */
private class Negotiating : Selecting(ByteArray(0)) {
    private var message = ByteArray(0)

    init {
        file = NdefMessage(
            listOf(ServiceParameterRecord(0x10, Nfc.SERVICE_NAME_CONNECTION_HANDOVER, 0, 0, 15, 0xffff).generateNdefRecord()),
        ).encode()
    }

    override suspend fun written(offset: Int, data: ByteArray): ByteArray? {
        if (offset >= 2) {
            message += data
            return null
        }
        if (data.size > 2) {
            message = data.copyOfRange(2, data.size)
        } else if (data[0] == 0.toByte() && data[1] == 0.toByte()) {
            message = ByteArray(0)
            return null
        }
        val complete = NdefMessage.fromEncoded(message)
        if (ServiceSelectRecord.fromNdefRecord(complete.records[0]) != null) {
            return NdefMessage(listOf(TnepStatusRecord(0).toNdefRecord())).encode()
        }
        return Wire.ask(said("fetch" to said("request" to message))).octets("select")
    }
}
