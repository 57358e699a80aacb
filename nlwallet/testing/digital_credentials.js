// navigator.credentials.get({digital: …}) of a test: the wallet behind it is nlwallet's, in Python.
// Playwright runs this in every document before the page's own scripts. The origin is not told from here:
// Python takes it from the browser.
//
// Follows the W3C draft "Digital Credentials" and "Credential Management Level 1".
(() => {
  "use strict";

  const PROTOCOLS = ["openid4vp-v1-unsigned", "openid4vp-v1-signed", "openid4vp-v1-multisigned", "org-iso-mdoc"];
  const MEDIATION = ["silent", "optional", "conditional", "required"];
  const FEATURE = "digital-credentials-get";

  // Neither the API nor its interface exists outside a secure context.
  if (!globalThis.isSecureContext || !globalThis.CredentialsContainer) return;

  const python = globalThis.__BINDING__;
  const nativeGet = CredentialsContainer.prototype.get;
  const nativeInterface = globalThis.DigitalCredential;
  const thisDocument = crypto.randomUUID();
  let calls = 0;

  // interface DigitalCredential : Credential

  const slots = new WeakMap();
  const slot = (credential, name) => {
    if (!slots.has(credential)) throw new TypeError("Illegal invocation");
    return slots.get(credential)[name];
  };

  class DigitalCredential extends Credential {
    constructor() {
      throw new TypeError("Failed to construct 'DigitalCredential': Illegal constructor");
    }
    static userAgentAllowsProtocol(protocol) {
      if (arguments.length === 0) throw new TypeError("1 argument required, but only 0 present.");
      return PROTOCOLS.includes(String(protocol));
    }
    get id() {
      return slot(this, "id");
    }
    get type() {
      return slot(this, "type");
    }
    get protocol() {
      return slot(this, "protocol");
    }
    get data() {
      return slot(this, "data");
    }
    toJSON() {
      return { protocol: this.protocol, data: this.data };
    }
  }
  for (const name of ["protocol", "data", "toJSON"]) {
    Object.defineProperty(DigitalCredential.prototype, name, { enumerable: true });
  }
  Object.defineProperty(DigitalCredential, "userAgentAllowsProtocol", { enumerable: true });
  Object.defineProperty(DigitalCredential.prototype, Symbol.toStringTag, {
    value: "DigitalCredential",
    configurable: true,
  });
  Object.defineProperty(globalThis, "DigitalCredential", {
    value: DigitalCredential,
    writable: true,
    configurable: true,
  });

  const credentialFrom = ({ protocol, data }) => {
    const credential = Object.create(DigitalCredential.prototype);
    // Data is parsed here, so that its objects are of this page and not of another.
    slots.set(credential, { id: "", type: "digital", protocol, data: JSON.parse(data) });
    return credential;
  };

  const exceptionFrom = ({ name, message }) =>
    name === "TypeError" ? new TypeError(message) : new DOMException(message, name);

  // Web IDL: what a page may pass

  const isObject = (value) => (typeof value === "object" && value !== null) || typeof value === "function";

  const wrong = (what) => new TypeError(`Failed to execute 'get' on 'CredentialsContainer': ${what}`);

  const requestsIn = (digital) => {
    if (!isObject(digital)) throw wrong("'digital' is not of type 'DigitalCredentialRequestOptions'.");
    const { requests } = digital;
    if (!isObject(requests) || typeof requests[Symbol.iterator] !== "function") {
      throw wrong("'requests' of 'digital' is required, and is a sequence.");
    }
    return Array.from(requests, (request) => {
      if (!isObject(request)) throw wrong("a request is not of type 'DigitalCredentialGetRequest'.");
      const { data, protocol } = request;
      if (!isObject(data)) throw wrong("'data' of a request is required, and is an object.");
      if (protocol === undefined) throw wrong("'protocol' of a request is required.");
      return { protocol: String(protocol), data };
    });
  };

  const checkMediation = (mediation) => {
    if (mediation !== undefined && !MEDIATION.includes(String(mediation))) {
      throw wrong(`'${mediation}' is not a valid CredentialMediationRequirement.`);
    }
  };

  const checkSignal = (signal) => {
    if (signal !== undefined && !(signal instanceof AbortSignal)) {
      throw wrong("'signal' is not of type 'AbortSignal'.");
    }
  };

  // What stands between a page and the wallet

  const checkDocument = () => {
    if (globalThis.origin === "null") {
      throw new DOMException("The page has an opaque origin.", "NotAllowedError");
    }
    const policy = document.permissionsPolicy ?? document.featurePolicy;
    const known = policy?.features().includes(FEATURE);
    if (known && !policy.allowsFeature(FEATURE)) {
      throw new DOMException(`'${FEATURE}' is not allowed in this frame.`, "NotAllowedError");
    }
  };

  const checkActivation = () => {
    if (navigator.userActivation && !navigator.userActivation.isActive) {
      throw new DOMException("The user did not click or type just now.", "NotAllowedError");
    }
  };

  const consumeActivation = () => {
    if (!nativeInterface) return;
    // No script can consume an activation; the browser's own API does, before it finds that this is no JSON.
    const data = {};
    data.itself = data;
    const digital = { requests: [{ protocol: PROTOCOLS[0], data }] };
    nativeGet.call(navigator.credentials, { digital }).catch(() => {});
  };

  const ask = (requests, signal) =>
    new Promise((resolve, reject) => {
      calls += 1;
      const call = { document: thisDocument, call: calls };
      const message = JSON.stringify({ ...call, requests }); // throws the TypeError that a page gets

      const end = (settle, value) => {
        signal?.removeEventListener("abort", aborted);
        settle(value);
      };
      const aborted = () => {
        python(JSON.stringify({ ...call, abort: true })).catch(() => {});
        end(reject, signal.reason);
      };

      signal?.addEventListener("abort", aborted, { once: true });
      python(message).then(
        (reply) => {
          consumeActivation(); // what Playwright calls in a page counts as a click
          if (reply.exception) end(reject, exceptionFrom(reply.exception));
          else end(resolve, credentialFrom(reply));
        },
        (error) => end(reject, new DOMException(String(error), "OperationError")),
      );
    });

  // Credential types other than digital ones stay with the browser.

  const replacement = {
    async get() {
      const options = arguments[0];
      if (!isObject(options) || options.digital === undefined) return nativeGet.apply(this, arguments);
      const requests = requestsIn(options.digital);
      const { mediation, signal } = options;
      checkMediation(mediation);
      checkSignal(signal);
      signal?.throwIfAborted();
      checkDocument();
      const allowed = requests.filter(({ protocol }) => PROTOCOLS.includes(protocol));
      if (allowed.length === 0) throw wrong("no request is of a protocol that is allowed.");
      checkActivation();
      consumeActivation();
      return ask(allowed, signal);
    },
  };
  Object.defineProperty(CredentialsContainer.prototype, "get", {
    value: replacement.get,
    writable: true,
    enumerable: true,
    configurable: true,
  });
})();
