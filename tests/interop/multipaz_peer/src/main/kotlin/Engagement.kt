/** Device engagement as the library reads and writes it. */
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.jsonPrimitive
import org.multipaz.cbor.Cbor
import org.multipaz.cbor.DataItem
import org.multipaz.cbor.toDataItem
import org.multipaz.crypto.Crypto
import org.multipaz.crypto.EcCurve
import org.multipaz.crypto.EcPrivateKey
import org.multipaz.mdoc.connectionmethod.MdocConnectionMethod
import org.multipaz.mdoc.connectionmethod.MdocConnectionMethodBle
import org.multipaz.mdoc.engagement.Capability
import org.multipaz.mdoc.engagement.DeviceEngagement
import org.multipaz.mdoc.engagement.buildDeviceEngagement
import org.multipaz.mdoc.origininfo.OriginInfoDomain

fun readEngagement(call: Call): JsonElement {
    val read = DeviceEngagement.fromDataItem(call.cbor("engagement"))
    return said(
        "version" to read.version,
        "curve" to read.eDeviceKey.curve.jwkName,
        "deviceKey" to read.eDeviceKey.toCoseKey().toDataItem(),
        "methods" to read.connectionMethods.map(::method),
        "again" to read.toDataItem(),
        "capabilities" to read.capabilities.keys.map { it.name },
    )
}

/** A way to go on as the library says it; of Bluetooth, what matters too. */
fun method(one: MdocConnectionMethod): Map<String, Any?> = mapOf(
    "said" to one.toString(),
    "encoded" to one.toDeviceEngagement(),
    "psm" to (one as? MdocConnectionMethodBle)?.peripheralServerModePsm,
)

/** How a new engagement goes on: methods as they stand in an engagement. */
fun methods(call: Call): List<MdocConnectionMethod> =
    call.list("methods").map {
        MdocConnectionMethod.fromDeviceEngagement(it.jsonPrimitive.octets()) ?: error("a method that the peer does not know")
    }

suspend fun newKey(call: Call): EcPrivateKey = Crypto.createEcPrivateKey(EcCurve.fromJwkName(call.text("curve")))

fun newEngagement(call: Call, key: EcPrivateKey): DataItem = buildDeviceEngagement(key.publicKey) {
    methods(call).forEach { addConnectionMethod(it) }
    if (call.flag("secondEdition")) {
        addCapability(Capability.READER_AUTH_ALL_SUPPORT, true.toDataItem())
        addCapability(Capability.EXTENDED_REQUEST_SUPPORT, true.toDataItem())
    }
    if (call.has("origin")) addOriginInfo(OriginInfoDomain(call.text("origin")))
}.toDataItem()

fun JsonElement.octets(): ByteArray = with(Call(mapOf("it" to this))) { octets("it") }

fun transcript(engagement: ByteArray, encodedReaderKey: ByteArray, handover: DataItem): DataItem =
    Cbor.decode(
        Cbor.encode(
            org.multipaz.cbor.buildCborArray {
                addTaggedEncodedCbor(engagement)
                addTaggedEncodedCbor(encodedReaderKey)
                add(handover)
            },
        ),
    )
