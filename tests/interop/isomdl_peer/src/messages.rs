//! SessionData as the crate reads and writes it.
use anyhow::{anyhow, Result};
use isomdl::cbor;
use isomdl::definitions::{session::Status, SessionData};
use serde_json::{json, Value};

use crate::wire::{member, octets_of, text};

pub fn read(given: &Value) -> Result<Value> {
    let SessionData { data, status } = cbor::from_slice(&octets_of(given, "message")?)?;
    Ok(json!({ "data": data.is_some(), "status": status.map(u64::from) }))
}

pub fn status(given: &Value) -> Result<Value> {
    let status = Status::try_from(member::<u64>(given, "status")?).map_err(|why| anyhow!(why))?;
    let message = SessionData {
        data: None,
        status: Some(status),
    };
    Ok(json!(text(cbor::to_vec(&message)?)))
}
