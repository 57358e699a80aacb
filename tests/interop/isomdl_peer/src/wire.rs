//! Calls come as JSON lines and are answered as JSON lines, as with the npm peers; octets are base64url.
use anyhow::{anyhow, Context, Result};
use serde::de::DeserializeOwned;
use serde_json::Value;

pub fn octets(text: &str) -> Result<Vec<u8>> {
    base64::decode_config(text, base64::URL_SAFE_NO_PAD).context("base64url")
}

pub fn text(octets: impl AsRef<[u8]>) -> String {
    base64::encode_config(octets, base64::URL_SAFE_NO_PAD)
}

/// A member of a call.
pub fn member<T: DeserializeOwned>(given: &Value, name: &str) -> Result<T> {
    let value = given
        .get(name)
        .ok_or_else(|| anyhow!("the call has no {name}"))?;
    serde_json::from_value(value.clone()).with_context(|| format!("in the call: {name}"))
}

/// A member of a call that is octets.
pub fn octets_of(given: &Value, name: &str) -> Result<Vec<u8>> {
    octets(&member::<String>(given, name)?)
}
