//! A member of groups that somebody else drives: orders come in on standard input, answers go out on standard output.
//!
//! The implementation is mls-rs; nothing here decides anything. It is for tests alone.

mod decode;
mod json;
mod member;
mod rules;
mod suite;

use json::{Fault, Object, octets};
use member::Member;
use mls_rs::client_builder::MlsConfig;
use mls_rs::identity::SigningIdentity;
use mls_rs::identity::basic::{BasicCredential, BasicIdentityProvider};
use mls_rs::psk::{ExternalPskId, PreSharedKey};
use mls_rs::{CipherSuite, CipherSuiteProvider, Client, CryptoProvider};
use mls_rs_core::crypto::{SignaturePublicKey, SignatureSecretKey};
use rules::Rules;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::time::Duration;
use suite::Suites;

/// Leaves live for a year: the crate asks the clock.
const LIFETIME: Duration = Duration::from_secs(365 * 24 * 3600);

fn new_client(order: &Object, rules: Rules) -> Result<Client<impl MlsConfig + use<>>, Fault> {
    let suite = CipherSuite::from(order.number("suite")? as u16);
    let crypto = Suites(suite);
    let provider = crypto.cipher_suite_provider(suite).ok_or("no such suite")?;
    // Where a person endorses the leaf, its key is known before.
    let (secret, public) = match order.octets("key") {
        Ok(pair) => (SignatureSecretKey::from(pair.clone()), SignaturePublicKey::from(pair[32..].to_vec())),
        Err(_) => provider.signature_key_generate()?,
    };
    let identity = SigningIdentity::new(BasicCredential::new(order.octets("identity")?).into_credential(), public);
    let mut builder = Client::builder()
        .crypto_provider(crypto)
        .identity_provider(BasicIdentityProvider::new())
        .mls_rules(rules)
        .key_package_lifetime(LIFETIME)
        .signing_identity(identity, secret, suite);
    for kind in order.list("extensions")? {
        builder = builder.extension_type((kind.as_u64().ok_or("not an extension type")? as u16).into());
    }
    for pair in order.list("psks")? {
        builder = builder.psk(ExternalPskId::new(octets(&pair[0])?), PreSharedKey::new(octets(&pair[1])?));
    }
    Ok(builder.build())
}

fn follow<C: MlsConfig>(
    members: &mut HashMap<u64, Member<C>>,
    order: &Object,
    make: impl Fn(&Object, Rules) -> Result<Client<C>, Fault>,
) -> Result<Value, Fault> {
    match order.text("do")? {
        "decode" => return decode::all(order.text("kind")?, order.list("items")?, order.number("limit")?),
        "clear" => {
            members.clear();
            return Ok(Value::Null);
        }
        "new" => {
            let rules = Rules::default();
            members.insert(order.number("member")?, Member::new(make(order, rules.clone())?, rules));
            return Ok(Value::Null);
        }
        "deliver" => {
            let message = order.octets("message")?;
            let mut answers = Vec::new();
            for number in order.list("members")? {
                let member = number.as_u64().and_then(|number| members.get_mut(&number)).ok_or("no such member")?;
                answers.push(member.deliver(&message).unwrap_or_else(|fault| json!({ "refused": fault.to_string() })));
            }
            return Ok(Value::Array(answers));
        }
        _ => (),
    }
    let member = members.get_mut(&order.number("member")?).ok_or("no such member")?;
    match order.text("do")? {
        "create" => member.create(order),
        "key_package" => member.key_package(),
        "join" => member.join(order),
        "join_external" => member.join_external(order),
        "commit" => member.commit(order),
        "accept" => member.accept(),
        "drop" => member.drop_pending(),
        "propose" => member.propose(order),
        "say" => member.say(order),
        "info" => member.info(),
        "view" => member.view(),
        _ => Err("no such order".into()),
    }
}

fn main() {
    let mut members = HashMap::new();
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let Ok(Value::Object(fields)) = line.as_deref().map_or(Ok(Value::Null), serde_json::from_str) else {
            break;
        };
        let answer = match follow(&mut members, &Object(fields), new_client) {
            Ok(value) => json!({ "ok": value }),
            Err(fault) => json!({ "refused": fault.to_string() }),
        };
        if writeln!(out, "{answer}").and_then(|()| out.flush()).is_err() {
            break;
        }
    }
}
