//! One member of one group, as the walk moves it.

use crate::json::{Fault, Object, hex, octets};
use crate::rules::Rules;
use mls_rs::client_builder::MlsConfig;
use mls_rs::group::{CommitEffect, ExportedTree, ReceivedMessage};
use mls_rs::mls_rs_codec::MlsEncode;
use mls_rs::psk::ExternalPskId;
use mls_rs::{Client, Extension, ExtensionList, Group, MlsMessage};
use serde_json::{Value, json};

pub struct Member<C: MlsConfig> {
    client: Client<C>,
    rules: Rules,
    group: Option<Group<C>>,
    /// A group that an external commit would enter.
    joining: Option<Group<C>>,
}

impl<C: MlsConfig> Member<C> {
    pub fn new(client: Client<C>, rules: Rules) -> Self {
        Self { client, rules, group: None, joining: None }
    }

    fn group(&mut self) -> Result<&mut Group<C>, Fault> {
        self.group.as_mut().ok_or_else(|| "in no group".into())
    }

    pub fn create(&mut self, order: &Object) -> Result<Value, Fault> {
        let extensions = order.extensions("extensions")?.unwrap_or_default();
        self.group = Some(self.client.create_group_with_id(order.octets("group")?, extensions, none(), None)?);
        self.view()
    }

    pub fn key_package(&mut self) -> Result<Value, Fault> {
        let message = self.client.generate_key_package_message(none(), none(), None)?;
        Ok(json!(hex(&message.to_bytes()?)))
    }

    pub fn join(&mut self, order: &Object) -> Result<Value, Fault> {
        let welcome = MlsMessage::from_bytes(&order.octets("welcome")?)?;
        self.group = Some(self.client.join_group(None, &welcome, None)?.0);
        self.view()
    }

    pub fn join_external(&mut self, order: &Object) -> Result<Value, Fault> {
        self.rules.set(false, true);
        let mut builder = self.client.external_commit_builder()?;
        builder = builder.with_tree_data(ExportedTree::from_bytes(&order.octets("tree")?)?);
        for id in order.list("psks")? {
            builder = builder.with_external_psk(ExternalPskId::new(octets(id)?));
        }
        for leaf in order.list("removes")? {
            builder = builder.with_removal(leaf.as_u64().ok_or("not a leaf")? as u32);
        }
        if let Ok(admission) = order.octets("admission") {
            builder = builder.with_authenticated_data(admission);
        }
        let (group, commit) = builder.build(MlsMessage::from_bytes(&order.octets("info")?)?)?;
        self.joining = Some(group);
        Ok(json!({ "commit": hex(&commit.to_bytes()?), "welcome": null }))
    }

    /// The crate takes every proposal along that it has heard, except updates of the committer's own.
    pub fn commit(&mut self, order: &Object) -> Result<Value, Fault> {
        self.rules.set(order.flag("sealed"), order.flag("path"));
        let mut builder = self.group()?.commit_builder();
        for package in order.list("adds")? {
            builder = builder.add_member(MlsMessage::from_bytes(&octets(package)?)?)?;
        }
        for leaf in order.list("removes")? {
            builder = builder.remove_member(leaf.as_u64().ok_or("not a leaf")? as u32)?;
        }
        for id in order.list("psks")? {
            builder = builder.add_external_psk(ExternalPskId::new(octets(id)?))?;
        }
        if let Some(extensions) = order.extensions("extensions")? {
            builder = builder.set_group_context_ext(extensions)?;
        }
        let made = builder.build()?;
        let welcome = made.welcome_messages().first().map(|message| message.to_bytes()).transpose()?;
        Ok(json!({
            "commit": hex(&made.commit_message().to_bytes()?),
            "welcome": welcome.map(|octets| hex(&octets)),
        }))
    }

    pub fn accept(&mut self) -> Result<Value, Fault> {
        match self.joining.take() {
            Some(group) => self.group = Some(group),
            None => {
                self.group()?.apply_pending_commit()?;
            }
        }
        self.view()
    }

    pub fn drop_pending(&mut self) -> Result<Value, Fault> {
        self.joining = None;
        if let Some(group) = &mut self.group {
            group.clear_pending_commit();
        }
        Ok(Value::Null)
    }

    pub fn propose(&mut self, order: &Object) -> Result<Value, Fault> {
        self.rules.set(order.flag("sealed"), true);
        let extensions = order.extensions("extensions")?;
        let group = self.group()?;
        let message = match order.text("kind")? {
            "update" => group.propose_update(Vec::new())?,
            "remove" => group.propose_remove(order.number("leaf")? as u32, Vec::new())?,
            "add" => group.propose_add(MlsMessage::from_bytes(&order.octets("package")?)?, Vec::new())?,
            "psk" => group.propose_external_psk(ExternalPskId::new(order.octets("psk")?), Vec::new())?,
            "extensions" => group.propose_group_context_extensions(extensions.unwrap_or_default(), Vec::new())?,
            _ => return Err("no such proposal".into()),
        };
        Ok(json!(hex(&message.to_bytes()?)))
    }

    /// Hears any message; a refusal changes nothing.
    pub fn deliver(&mut self, message: &[u8]) -> Result<Value, Fault> {
        let message = MlsMessage::from_bytes(message)?;
        match self.group()?.process_incoming_message(message)? {
            ReceivedMessage::Commit(commit) => match commit.effect {
                CommitEffect::Removed { .. } => {
                    self.group = None;
                    Ok(json!({ "removed": true }))
                }
                CommitEffect::NewEpoch(_) => Ok(json!({ "view": self.view()? })),
                CommitEffect::ReInit(_) => Err("reinitialised".into()),
            },
            ReceivedMessage::Proposal(_) => Ok(json!({ "heard": true })),
            ReceivedMessage::ApplicationMessage(said) => Ok(json!({
                "said": { "sender": said.sender_index, "data": hex(said.data()) }
            })),
            _ => Err("not for a member".into()),
        }
    }

    pub fn say(&mut self, order: &Object) -> Result<Value, Fault> {
        let message = self.group()?.encrypt_application_message(&order.octets("data")?, Vec::new())?;
        Ok(json!(hex(&message.to_bytes()?)))
    }

    pub fn info(&mut self) -> Result<Value, Fault> {
        let group = self.group()?;
        let info = group.group_info_message_allowing_ext_commit(false)?;
        let tree = group.export_tree().to_bytes()?;
        Ok(json!({ "info": hex(&info.to_bytes()?), "tree": hex(&tree) }))
    }

    pub fn view(&mut self) -> Result<Value, Fault> {
        let group = self.group()?;
        let exported = group.export_secret(b"walk", b"context", 40)?;
        Ok(json!({
            "epoch": group.current_epoch(),
            "leaf": group.current_member_index(),
            "authenticator": hex(group.epoch_authenticator()?.as_ref()),
            "exported": hex(exported.as_ref()),
            "context": hex(&group.context().mls_encode_to_vec()?),
        }))
    }
}

fn none() -> ExtensionList {
    ExtensionList::default()
}

pub fn extension_list(entries: &[Value]) -> Result<ExtensionList, Fault> {
    let mut found = Vec::new();
    for entry in entries {
        let kind = entry[0].as_u64().ok_or("not an extension type")? as u16;
        found.push(Extension::new(kind.into(), octets(&entry[1])?));
    }
    Ok(found.into())
}
