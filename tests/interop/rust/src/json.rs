//! Orders come as one JSON object a line, octets in hexadecimal; so go the answers.

use crate::member::extension_list;
use mls_rs::ExtensionList;
use serde_json::{Map, Value};

/// Why something is refused, in the words of whoever refuses it.
pub type Fault = Box<dyn std::error::Error>;

pub fn hex(octets: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = octets.iter().flat_map(|octet| [DIGITS[usize::from(octet >> 4)], DIGITS[usize::from(octet & 15)]]);
    digits.map(char::from).collect()
}

pub fn octets(value: &Value) -> Result<Vec<u8>, Fault> {
    let digits = value.as_str().ok_or("not octets")?.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return Err("half an octet".into());
    }
    digits.chunks(2).map(|pair| Ok(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?)).collect()
}

pub struct Object(pub Map<String, Value>);

impl Object {
    fn get(&self, name: &str) -> Result<&Value, Fault> {
        self.0.get(name).ok_or_else(|| format!("no {name}").into())
    }

    pub fn octets(&self, name: &str) -> Result<Vec<u8>, Fault> {
        octets(self.get(name)?)
    }

    pub fn text(&self, name: &str) -> Result<&str, Fault> {
        self.get(name)?.as_str().ok_or_else(|| "not a text".into())
    }

    pub fn number(&self, name: &str) -> Result<u64, Fault> {
        self.get(name)?.as_u64().ok_or_else(|| "not a number".into())
    }

    pub fn list(&self, name: &str) -> Result<&[Value], Fault> {
        Ok(self.get(name)?.as_array().ok_or("not a list")?)
    }

    pub fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// Extensions as pairs of type and octets; absent or null where there is no change.
    pub fn extensions(&self, name: &str) -> Result<Option<ExtensionList>, Fault> {
        match self.0.get(name) {
            Some(Value::Array(entries)) => extension_list(entries).map(Some),
            _ => Ok(None),
        }
    }
}
