//! What the crate reads in the text of a QR code.
use anyhow::Result;
use isomdl::cbor;
use isomdl::definitions::{helpers::Tag24, DeviceEngagement};
use serde_json::{json, Value};

use crate::wire::{member, text};

pub fn read(given: &Value) -> Result<Value> {
    let engagement = Tag24::<DeviceEngagement>::from_qr_code_uri(&member::<String>(given, "uri")?)?;
    let read = engagement.as_ref();
    let methods = match &read.device_retrieval_methods {
        Some(methods) => Some(text(cbor::to_vec(methods)?)),
        None => None,
    };
    Ok(json!({
        "version": read.version,
        "cipherSuite": read.security.0,
        "deviceKey": text(&read.security.1.inner_bytes),
        "methods": methods,
        "again": text(cbor::to_vec(read)?),
        "uri": engagement.to_qr_code_uri()?,
    }))
}
