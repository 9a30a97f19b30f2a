//! What the walk decides from commit to commit: whether messages are sealed, and whether a path comes uncalled for.

use mls_rs::group::{GroupContext, Roster};
use mls_rs::mls_rules::{CommitDirection, CommitOptions, CommitSource, EncryptionOptions, ProposalBundle};
use mls_rs::{MlsRules, client_builder::PaddingMode};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Clone, Default)]
pub struct Rules {
    pub sealed: Arc<AtomicBool>,
    pub path: Arc<AtomicBool>,
}

impl Rules {
    pub fn set(&self, sealed: bool, path: bool) {
        self.sealed.store(sealed, Ordering::Relaxed);
        self.path.store(path, Ordering::Relaxed);
    }
}

impl MlsRules for Rules {
    type Error = Infallible;

    fn filter_proposals(
        &self,
        _: CommitDirection,
        _: CommitSource,
        _: &Roster,
        _: &GroupContext,
        proposals: ProposalBundle,
    ) -> Result<ProposalBundle, Infallible> {
        Ok(proposals)
    }

    fn commit_options(&self, _: &Roster, _: &GroupContext, _: &ProposalBundle) -> Result<CommitOptions, Infallible> {
        Ok(CommitOptions::new().with_path_required(self.path.load(Ordering::Relaxed)))
    }

    fn encryption_options(&self, _: &Roster, _: &GroupContext) -> Result<EncryptionOptions, Infallible> {
        Ok(EncryptionOptions::new(self.sealed.load(Ordering::Relaxed), PaddingMode::StepFunction))
    }
}
