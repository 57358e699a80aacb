//! A reader that says who it is, for any document type, put together from the crate's parts: its own reader signs
//! nothing and asks for driving licences only.
use anyhow::{anyhow, bail, Context, Result};
use coset::{iana, CoseSign1Builder, HeaderBuilder, Label};
use isomdl::cbor;
use isomdl::cose::sign1::PreparedCoseSign1;
use isomdl::definitions::device_request::{DeviceRequest, DocRequest, ItemsRequest, Namespaces};
use isomdl::definitions::helpers::{NonEmptyVec, Tag24};
use isomdl::definitions::session::{
    create_p256_ephemeral_keys, decrypt_device_data, derive_session_key, encrypt_reader_data,
    get_shared_secret, Handover,
};
use isomdl::definitions::x509::{x5chain::X5CHAIN_COSE_HEADER_LABEL, X5Chain};
use isomdl::definitions::{
    DeviceEngagement, DeviceResponse, Document, SessionData, SessionEstablishment,
    SessionTranscript180135,
};
use isomdl::presentation::authentication::mdoc::{device_authentication, issuer_authentication};
use isomdl::presentation::reader::ReaderAuthentication;
use p256::ecdsa::{signature::Signer, Signature, SigningKey};
use serde_json::{json, Value};
use std::collections::BTreeMap;

use crate::wire::{member, octets, octets_of, text};

/// The first message: the documents that are asked for, each signed with the key `d` and its `chain`.
pub fn establish(given: &Value) -> Result<Value> {
    let engagement = Tag24::<DeviceEngagement>::from_qr_code_uri(&member::<String>(given, "uri")?)?;
    let (private, public) = create_p256_ephemeral_keys()?;
    let reader_key = Tag24::new(public)?;
    let device_key = engagement.as_ref().security.1.clone().into_inner();
    let secret = get_shared_secret(device_key, &private.to_nonzero_scalar())?;
    let transcript = SessionTranscript180135(engagement, reader_key.clone(), handover(given)?);
    let salted = Tag24::new(transcript.clone())?;
    let sk_reader = derive_session_key(&secret, &salted, true)?;
    let sk_device = derive_session_key(&secret, &salted, false)?;

    let mut requests = Vec::new();
    for asked in member::<Vec<Value>>(given, "asked")? {
        requests.push(signed(&asked, given, &transcript)?);
    }
    let request = DeviceRequest {
        version: DeviceRequest::VERSION.into(),
        doc_requests: NonEmptyVec::try_from(requests)?,
        reader_auth_all: None,
        device_request_info: None,
    };
    let data = encrypt_reader_data(&sk_reader, &cbor::to_vec(&request)?, &mut 0)
        .map_err(|why| anyhow!("{why}"))?;
    let message = cbor::to_vec(&SessionEstablishment {
        e_reader_key: reader_key,
        data: data.into(),
    })?;
    let session = json!({ "transcript": text(cbor::to_vec(&transcript)?), "skDevice": text(sk_device), "counter": 0 });
    Ok(json!({ "session": session, "message": text(message) }))
}

/// The documents that came, each with what the crate thinks of both its signatures.
pub fn read(given: &Value) -> Result<Value> {
    let session: Value = member(given, "session")?;
    let transcript: SessionTranscript180135 =
        cbor::from_slice(&octets_of(&session, "transcript")?)?;
    let sk_device: [u8; 32] = octets_of(&session, "skDevice")?
        .try_into()
        .map_err(|_| anyhow!("32 octets"))?;
    let mut counter: u32 = member(&session, "counter")?;
    let SessionData { data, status } = cbor::from_slice(&octets_of(given, "message")?)?;
    let Some(data) = data else {
        bail!("no data, status {:?}", status.map(u64::from))
    };
    let response = decrypt_device_data(&sk_device.into(), data.as_ref(), &mut counter)
        .map_err(|why| anyhow!("{why}"))?;
    let response: DeviceResponse = cbor::from_slice(&response)?;
    let mut documents = Vec::new();
    for document in response
        .documents
        .into_iter()
        .flat_map(NonEmptyVec::into_inner)
    {
        documents.push(judged(&document, &transcript)?);
    }
    Ok(
        json!({ "documents": documents, "status": u64::from(response.status), "sessionStatus": status.map(u64::from) }),
    )
}

/// The NFC messages that brought the engagement, if it was not a QR code.
fn handover(given: &Value) -> Result<Handover> {
    if given.get("select").is_none() {
        return Ok(Handover::QR);
    }
    let request = match given.get("request") {
        Some(_) => Some(octets_of(given, "request")?.into()),
        None => None,
    };
    Ok(Handover::NFC(octets_of(given, "select")?.into(), request))
}

fn signed(
    asked: &Value,
    given: &Value,
    transcript: &SessionTranscript180135,
) -> Result<DocRequest> {
    let info: BTreeMap<String, ciborium::Value> = cbor::from_slice(&octets_of(asked, "info")?)?;
    let items_request = Tag24::new(ItemsRequest {
        doc_type: member(asked, "docType")?,
        namespaces: member::<Namespaces>(asked, "namespaces")?,
        request_info: Some(info).filter(|members| !members.is_empty()),
    })?;
    let authentication = ReaderAuthentication(
        "ReaderAuthentication".into(),
        transcript.clone(),
        items_request.clone(),
    );
    let payload = cbor::to_vec(&Tag24::new(authentication)?)?;
    let mut chain = X5Chain::builder();
    for certificate in member::<Vec<String>>(given, "chain")? {
        chain = chain.with_der_certificate(&octets(&certificate)?)?;
    }
    let builder = CoseSign1Builder::new()
        .protected(
            HeaderBuilder::new()
                .algorithm(iana::Algorithm::ES256)
                .build(),
        )
        .unprotected(
            HeaderBuilder::new()
                .value(X5CHAIN_COSE_HEADER_LABEL, chain.build()?.into_cbor())
                .build(),
        );
    let prepared = PreparedCoseSign1::new(builder, Some(&payload), None, false)?;
    let key = SigningKey::from_slice(&octets_of(given, "d")?)?;
    let signature: Signature = key.sign(prepared.signature_payload());
    Ok(DocRequest {
        items_request,
        reader_auth: Some(prepared.finalize(signature.to_bytes().to_vec())),
    })
}

fn judged(document: &Document, transcript: &SessionTranscript180135) -> Result<Value> {
    let unprotected = &document.issuer_signed.issuer_auth.unprotected.rest;
    let chain = unprotected
        .iter()
        .find(|(label, _)| label == &Label::Int(X5CHAIN_COSE_HEADER_LABEL))
        .map(|(_, value)| X5Chain::from_cbor(value.clone()))
        .context("the issuer's signature brings no certificate")??;
    let verdict = |outcome: Result<(), isomdl::presentation::reader::Error>| match outcome {
        Ok(()) => "Valid".to_owned(),
        Err(error) => error.to_string(),
    };
    let mut claims = BTreeMap::new();
    for (namespace, items) in document
        .issuer_signed
        .namespaces
        .iter()
        .flat_map(|all| all.iter())
    {
        let read: BTreeMap<String, Value> = items
            .iter()
            .map(|item| {
                let item = item.as_ref();
                Ok((
                    item.element_identifier.clone(),
                    serde_json::to_value(&item.element_value)?,
                ))
            })
            .collect::<Result<_>>()?;
        claims.insert(namespace.clone(), read);
    }
    Ok(json!({
        "docType": document.doc_type,
        "claims": claims,
        "issuer": verdict(issuer_authentication(chain, &document.issuer_signed)),
        "device": verdict(device_authentication(document, transcript.clone())),
    }))
}
