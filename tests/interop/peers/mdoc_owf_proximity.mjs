// npm @owf/mdoc in proximity: device engagement and the session transcript; it has no session encryption.
import {
  BleOptions, DeviceEngagement, DeviceRetrievalMethod, DeviceRetrievalMethodType, EDeviceKey, EReaderKey, NfcHandover, NfcOptions,
  Security, SessionTranscript, WifiOptions,
} from "@owf/mdoc";
import { base64url, bytes, publicJwk } from "./mdoc_context.mjs";

const octets = (value) => (value === undefined ? undefined : base64url(value));

const optionsOf = ({ type, retrievalOptions: one }) => {
  if (type === DeviceRetrievalMethodType.Ble)
    return {
      peripheral: one.peripheralServerMode, central: one.centralClientMode, peripheralUuid: octets(one.peripheralServerModeUuid),
      centralUuid: octets(one.centralClientModeUuid), address: octets(one.peripheralServerModeDeviceAddress),
    };
  if (type === DeviceRetrievalMethodType.Nfc) return { command: one.maxCommandDataLength, response: one.maxResponseDataLength };
  return {
    passphrase: one.passphrase, operatingClass: one.channelInfoOperatingClass, channel: one.channelInfoChannelNumber,
    bands: octets(one.bandInfoSupportedBands),
  };
};

export function read({ engagement }) {
  const { version, security, deviceRetrievalMethods = [] } = DeviceEngagement.decode(bytes(engagement));
  return {
    version,
    cipherSuite: security.cipherSuiteIdentifier,
    key: publicJwk(security.eDeviceKey.jwk),
    methods: deviceRetrievalMethods.map((one) => ({ type: one.type, version: one.version, ...optionsOf(one) })),
  };
}

// An engagement of the peer's own, with one method of each kind. Its `DeviceEngagement.create` takes no parts that its
// other classes made (it reads them as if they were encoded), so they are handed over as each encodes itself.
export function make({ key, uuid }) {
  const method = (type, retrievalOptions) =>
    DeviceRetrievalMethod.fromDecodedStructure({ type, version: 1, retrievalOptions }).encodedStructure;
  const ble = { peripheralServerMode: false, centralClientMode: true, centralClientModeUuid: bytes(uuid) };
  const eDeviceKey = EDeviceKey.fromJwk(publicJwk(key));
  const made = DeviceEngagement.create({
    version: "1.0",
    security: Security.create({ cipherSuiteIdentifier: 1, eDeviceKey }).encodedStructure,
    deviceRetrievalMethods: [
      method(DeviceRetrievalMethodType.Ble, BleOptions.create(ble)),
      method(DeviceRetrievalMethodType.Nfc, NfcOptions.create({ maxCommandDataLength: 255, maxResponseDataLength: 256 })),
      method(DeviceRetrievalMethodType.WifiAware, WifiOptions.create({ passphrase: "a passphrase", channelInfoChannelNumber: 6 })),
    ],
  });
  return base64url(made.encode());
}

export function transcript({ engagement, readerKey, select, request }) {
  const parts = { deviceEngagement: DeviceEngagement.decode(bytes(engagement)), eReaderKey: EReaderKey.decode(bytes(readerKey)) };
  if (select === undefined) return base64url(SessionTranscript.forQrHandover(parts).encode());
  const handover = NfcHandover.create({ selectMessage: bytes(select), requestMessage: request && bytes(request) });
  return base64url(SessionTranscript.create({ ...parts, handover }).encode());
}
