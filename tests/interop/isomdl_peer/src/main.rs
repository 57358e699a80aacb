//! The crate `isomdl` as a peer: both sides of a session in proximity (ISO/IEC 18013-5).
//!   {"call": "reader.establish", ...}  ->  {"result": ...}  or  {"error": "what the peer said"}
//! Nothing is kept between calls: each gives the session back, as the crate writes it, and takes it the next time.
//! Only what the peer says is reported: no opinion here.
mod device;
mod engagement;
mod messages;
mod reader;
mod signing_reader;
mod wire;

use anyhow::{bail, Context, Result};
use serde_json::{json, Value};
use std::io::{BufRead, Write};

fn answer(line: &str) -> Result<Value> {
    let given: Value = serde_json::from_str(line).context("a call is JSON")?;
    match given["call"].as_str().unwrap_or_default() {
        "engagement.read" => engagement::read(&given),
        "messages.read" => messages::read(&given),
        "messages.status" => messages::status(&given),
        "device.engage" => device::engage(&given),
        "device.begin" => device::begin(&given),
        "device.hear" => device::hear(&given),
        "device.answer" => device::answer(&given),
        "reader.establish" => reader::establish(&given),
        "reader.ask" => reader::ask(&given),
        "reader.read" => reader::read(&given),
        "signingReader.establish" => signing_reader::establish(&given),
        "signingReader.read" => signing_reader::read(&given),
        other => bail!("no such call: {other}"),
    }
}

fn main() -> Result<()> {
    for line in std::io::stdin().lock().lines() {
        let said = match answer(&line?) {
            Ok(result) => json!({ "result": result }),
            Err(error) => json!({ "error": format!("{error:#}") }),
        };
        let mut out = std::io::stdout().lock();
        writeln!(out, "{said}")?;
        out.flush()?;
    }
    Ok(())
}
