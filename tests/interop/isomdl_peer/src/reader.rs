//! The crate's reader as it is: it asks for mobile driving licences, and does not say who it is.
use anyhow::Result;
use isomdl::definitions::device_request::Namespaces;
use isomdl::definitions::x509::trust_anchor::{PemTrustAnchor, TrustAnchorRegistry, TrustPurpose};
use isomdl::presentation::reader::SessionManager;
use isomdl::presentation::Stringify;
use serde_json::{json, Value};

use crate::wire::{member, octets_of, text};

/// The first message, for the device of a scanned code.
pub fn establish(given: &Value) -> Result<Value> {
    let asked: Namespaces = member(given, "namespaces")?;
    let (session, message, ident) =
        SessionManager::establish_session(member(given, "uri")?, asked, anchors(given)?)?;
    Ok(
        json!({ "session": session.stringify()?, "message": text(message), "bleIdent": text(ident) }),
    )
}

/// One more request in the same session.
pub fn ask(given: &Value) -> Result<Value> {
    let mut session = SessionManager::parse(member(given, "session")?)?;
    let message = session.new_request(member(given, "namespaces")?)?;
    Ok(json!({ "session": session.stringify()?, "message": text(message) }))
}

/// What the device answered, and what the reader thinks of it.
pub fn read(given: &Value) -> Result<Value> {
    let mut session = SessionManager::parse(member(given, "session")?)?;
    let outcome = session.handle_response(&octets_of(given, "message")?);
    Ok(json!({
        "session": session.stringify()?,
        "response": outcome.response,
        "issuer": outcome.issuer_authentication,
        "device": outcome.device_authentication,
        "errors": outcome.errors,
    }))
}

/// The anchors of a call, PEM, for `iaca` or `readerCa`.
pub fn anchors(given: &Value) -> Result<TrustAnchorRegistry> {
    let purposes = [
        ("iaca", TrustPurpose::Iaca),
        ("readerCa", TrustPurpose::ReaderCa),
    ];
    let mut listed = Vec::new();
    for (name, purpose) in purposes {
        for pem in given
            .get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let certificate_pem = pem.as_str().unwrap_or_default().to_owned();
            listed.push(PemTrustAnchor {
                certificate_pem,
                purpose,
            });
        }
    }
    TrustAnchorRegistry::from_pem_certificates(listed)
}
