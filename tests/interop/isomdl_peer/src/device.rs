//! The crate's device: engagement, request, response.
use anyhow::{anyhow, Context, Result};
use isomdl::cbor;
use isomdl::definitions::helpers::{NonEmptyVec, Tag24};
use isomdl::definitions::{DeviceRetrievalMethod, IssuerSigned, Mso, SessionEstablishment};
use isomdl::presentation::authentication::RequestAuthenticationOutcome;
use isomdl::presentation::device::{
    Document, Documents, PermittedItems, RequestedItems, SessionManager, SessionManagerEngaged,
    SessionManagerInit,
};
use isomdl::presentation::Stringify;
use p256::ecdsa::{signature::Signer, Signature, SigningKey};
use serde_json::{json, Value};
use std::collections::BTreeMap;
use uuid::Uuid;

use crate::reader::anchors;
use crate::wire::{member, octets_of, text};

/// A new engagement for one document.
pub fn engage(given: &Value) -> Result<Value> {
    let methods = match given.get("methods") {
        Some(_) => Some(cbor::from_slice::<NonEmptyVec<DeviceRetrievalMethod>>(
            &octets_of(given, "methods")?,
        )?),
        None => None,
    };
    let documents = Documents::new(
        member(given, "docType")?,
        document(&octets_of(given, "document")?)?,
    );
    let session = SessionManagerInit::initialise(documents, methods, None)?;
    let ident = session.ble_ident()?;
    let (session, uri) = session.qr_engagement()?;
    Ok(json!({ "session": session.stringify()?, "uri": uri, "bleIdent": text(ident) }))
}

/// The reader's first message.
pub fn begin(given: &Value) -> Result<Value> {
    let session = SessionManagerEngaged::parse(member(given, "session")?)?;
    let established: SessionEstablishment = cbor::from_slice(&octets_of(given, "message")?)?;
    let (session, outcome) = session.process_session_establishment(established, anchors(given)?)?;
    said(&session, outcome)
}

/// Any later message of the reader.
pub fn hear(given: &Value) -> Result<Value> {
    let mut session = SessionManager::parse(member(given, "session")?)?;
    let outcome = session.handle_request(&octets_of(given, "message")?);
    said(&session, outcome)
}

/// The message with the documents, signed with the key `d`.
pub fn answer(given: &Value) -> Result<Value> {
    let mut session = SessionManager::parse(member(given, "session")?)?;
    let key = SigningKey::from_slice(&octets_of(given, "d")?)?;
    let asked: RequestedItems = member(given, "asked")?;
    session.prepare_response(&asked, member::<PermittedItems>(given, "permitted")?);
    while let Some((_, payload)) = session.get_next_signature_payload() {
        let signature: Signature = key.sign(payload);
        session.submit_next_signature(signature.to_bytes().to_vec())?;
    }
    let message = session
        .retrieve_response()
        .ok_or_else(|| anyhow!("no response is ready"))?;
    Ok(json!({ "session": session.stringify()?, "message": text(message) }))
}

fn said(session: &SessionManager, outcome: RequestAuthenticationOutcome) -> Result<Value> {
    Ok(json!({
        "session": session.stringify()?,
        "asked": outcome.items_request,
        "reader": outcome.reader_authentication,
        "name": outcome.common_name,
        "errors": outcome.errors,
    }))
}

/// What an issuer signed, as the crate holds it.
fn document(encoded: &[u8]) -> Result<Document> {
    let IssuerSigned {
        namespaces,
        issuer_auth,
    } = cbor::from_slice(encoded)?;
    let payload = issuer_auth
        .payload
        .as_ref()
        .context("IssuerAuth has no payload")?;
    let mso = cbor::from_slice::<Tag24<Mso>>(payload)?.into_inner();
    let mut held = BTreeMap::new();
    for (namespace, items) in namespaces
        .context("the document has no elements")?
        .into_inner()
    {
        let items: BTreeMap<_, _> = items
            .into_inner()
            .into_iter()
            .map(|item| (item.as_ref().element_identifier.clone(), item))
            .collect();
        held.insert(namespace, items.try_into()?);
    }
    Ok(Document {
        id: Uuid::nil(),
        issuer_auth,
        mso,
        namespaces: held.try_into()?,
    })
}
