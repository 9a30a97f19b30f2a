//! Decoders alone: what an encoding is read as, written again.

use crate::json::{Fault, hex, octets};
use mls_rs::MlsMessage;
use mls_rs::error::MlsError;
use mls_rs::group::ExportedTree;
use serde_json::{Value, json};
use std::time::Instant;

type Read = fn(&[u8]) -> Result<Vec<u8>, MlsError>;

fn message(octets: &[u8]) -> Result<Vec<u8>, MlsError> {
    MlsMessage::from_bytes(octets)?.to_bytes()
}

fn tree(octets: &[u8]) -> Result<Vec<u8>, MlsError> {
    ExportedTree::from_bytes(octets)?.to_bytes()
}

/// For each item its encoding after an equals sign, or why it is refused; and which took more than `limit` µs.
pub fn all(kind: &str, items: &[Value], limit: u64) -> Result<Value, Fault> {
    let read: Read = match kind {
        "message" => message,
        "tree" => tree,
        _ => return Err("no such decoder".into()),
    };
    let (mut slow, mut found) = (Vec::new(), Vec::new());
    for (index, item) in items.iter().enumerate() {
        let octets = octets(item)?;
        let began = Instant::now();
        let again = read(&octets);
        if began.elapsed().as_micros() as u64 > limit {
            slow.push(index);
        }
        found.push(json!(again.map_or_else(|fault| fault.to_string(), |octets| format!("={}", hex(&octets)))));
    }
    Ok(json!({ "items": found, "slow": slow }))
}
