//! Places where a test rig may end the program, as a power cut or `kill -9` would: a closed list, each place reached in
//! exactly one line of the sources (a tidy test counts). Without the feature `failpoints` nothing of it is left.
//!
//! `CONNECTOR_FAILPOINT=translator.after_facts:3` aborts the process when it reaches that place for the third time. A rig
//! in the same process arms its own thread instead and is unwound; from then on that thread reaches no place alive, so
//! that nothing happens after the end.

/// A place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// A unit that writes is about to begin.
    StoreBegin,
    /// A unit that writes has begun and done nothing.
    StoreBegun,
    /// A unit has done everything but is not committed.
    StoreBeforeCommit,
    /// A unit is committed and nobody was told.
    StoreAfterCommit,
    /// A unit is about to be taken back.
    StoreRollback,
    /// The schema is ours to change.
    MigrationLocked,
    /// A statement of a schema text is about to run.
    MigrationStatement,
    /// A schema text is applied, its number is not noted.
    MigrationApplied,
    /// The schema is up to date.
    StoreOpened,
    /// Everything shared is open, no loop runs.
    StartOpened,
    /// The leases of whoever died are ended.
    StartFreed,
    /// A webhook is genuine and not yet read.
    IntakeVerified,
    /// A webhook is about to go to the writer.
    IntakeBeforeAppend,
    /// A webhook is durable, Zoom was not answered.
    IntakeAfterAppend,
    /// The writer took a batch.
    WriterTaken,
    /// The tenants of a batch are known, nothing is written.
    WriterRouted,
    /// A batch is committed, no door was told.
    WriterBeforeAnswer,
    /// The doors of a batch were told.
    WriterAnswered,
    /// Notifications are written, their translators are not woken.
    JournalWritten,
    /// A notification is pending once more, its translator is not woken.
    JournalReplayed,
    /// A wish is checked and not kept.
    WishBeforeAppend,
    /// A wish is in the journal, not in the audit log.
    WishAppended,
    /// A lane is claimed within a unit.
    LaneClaimed,
    /// A lane proved to be still ours.
    LaneHeld,
    /// A lane was made due.
    LaneWoken,
    /// A lane is given back within a unit.
    LaneReleased,
    /// The translator has a lane.
    TranslatorClaimed,
    /// The translator read what is pending.
    TranslatorLoaded,
    /// A batch is translated, nothing of it is stored.
    TranslatorTranslated,
    /// Facts are stored, deliveries are not.
    TranslatorAfterFacts,
    /// Deliveries are planned, consequences are not carried out.
    TranslatorPlanned,
    /// Notifications are settled, the lane is held.
    TranslatorFinished,
    /// A batch is committed, no courier was woken.
    TranslatorRecorded,
    /// Leads that the CRM itself named are remembered, nothing is planned.
    PlanLeads,
    /// Deliveries stand in the queue, their lanes are not woken.
    PlanInserted,
    /// A lane is claimed, what its last holder was sending is not unknown yet.
    CourierRecovering,
    /// What the last holder was sending is unknown.
    CourierRecovered,
    /// The courier has a lane.
    CourierClaimed,
    /// LeadSquared answers again, the tenant is still paused.
    CourierProbed,
    /// A visit is over, the lane is ours.
    CourierBeforeLeave,
    /// The lane is given back.
    CourierLeft,
    /// What is ready is read.
    CrmRead,
    /// Calls are formed, none is allowed yet.
    CrmFormed,
    /// The rate allows calls, no intent is committed.
    CrmBeforeIntent,
    /// The intent is committed, nothing was sent.
    CrmIntended,
    /// One of several calls was answered.
    CrmCalled,
    /// All calls were answered, nothing is judged.
    CrmAnswered,
    /// Everything is judged, nothing is recorded.
    CrmJudged,
    /// An attempt is written, its deliveries are not sending.
    AttemptWritten,
    /// Deliveries are sending within a unit.
    AttemptBegun,
    /// Attempts have ended, leads are not remembered.
    SettleAttempts,
    /// Leads are remembered, deliveries are not settled.
    SettleLeads,
    /// Deliveries are settled, leads to renew are not.
    SettleDeliveries,
    /// What the translator is to hear is in the journal, no pause is noted.
    SettleJournal,
    /// A round is recorded, nobody was woken.
    Settled,
    /// A lead is to be looked up anew, it is still remembered.
    LeadRenewed,
    /// A lost answer is about to be looked for.
    VerifyBeforeRead,
    /// A lost answer was looked for, what was seen is not noted.
    VerifyAfterRead,
    /// Everything due was looked for, nothing is recorded.
    VerifyBeforeRecord,
    /// A meeting is about to be made, no intent is committed.
    ZoomBeforeIntent,
    /// The intent is committed, Zoom was not called.
    ZoomBeforeCall,
    /// Zoom answered, nothing is recorded.
    ZoomCalled,
    /// A meeting was looked for in Zoom, what was seen is not noted.
    ZoomLooked,
    /// Any call is about to leave.
    OutsideBeforeSend,
    /// Any call has come back, nobody has read it.
    OutsideAnswered,
    /// A grant is due, no intent to refresh it is set.
    RefreshBeforeIntent,
    /// The intent to refresh is committed.
    RefreshIntended,
    /// Zoom is about to be asked for a new pair.
    RefreshBeforeCall,
    /// Zoom answered a refresh, nothing is stored.
    RefreshCalled,
    /// The new pair is sealed, not stored.
    RefreshBeforeStore,
    /// The new pair is stored, nobody uses it.
    RefreshStored,
    /// A sign-in is begun, the browser was not sent on.
    SignInBegun,
    /// The code is ours to exchange.
    SignInClaimed,
    /// The code is exchanged, the offer is not kept.
    SignInExchanged,
    /// The offer is kept, nobody was shown it.
    SignInOffered,
    /// A person confirmed, what stands in the way has not ended.
    ConnectAdvanced,
    /// What stood in the way has ended, the new connection has not begun.
    ConnectEnded,
    /// The new connection has begun, its tokens are not stored.
    ConnectInserted,
    /// A connection has ended, Zoom was not told.
    DisconnectEnded,
    /// Due grants are refreshed, nothing is removed.
    KeeperRefreshed,
    /// Sessions are removed, sign-ins are not.
    KeeperPruned,
    /// Deliveries go again, their lanes are not woken.
    ReplayMarked,
    /// A tenant's keys work, nothing of it is stored.
    SetupTried,
    /// Activity types are there, the tenant is not stored.
    SetupTyped,
    /// A tenant is stored within a unit, its settings are not.
    SetupInserted,
    /// Settings are saved within a unit, not in the audit log.
    SettingsSaved,
    /// A copy of the database is written, nobody has looked at it.
    BackupCopied,
    /// A backup has its name, nobody was told.
    BackupFinished,
    /// A backup lies beside the database and is good.
    RestoreCopied,
    /// The database that was there is kept, it still stands in its place too.
    RestoreKept,
    /// The backup is the database, nobody was told.
    RestoreFinished,
    /// The master key is kept as the one before, no new one is there.
    RotationKept,
    /// A new master key is there, nothing is sealed under it.
    RotationBegun,
    /// A page of values is sealed anew.
    RotationPage,
    /// Everything is sealed anew, nobody was told.
    RotationSealed,
}

impl Point {
    /// All places, in the order of the pipe.
    pub const ALL: [Self; 95] = [
        Self::StoreBegin,
        Self::StoreBegun,
        Self::StoreBeforeCommit,
        Self::StoreAfterCommit,
        Self::StoreRollback,
        Self::MigrationLocked,
        Self::MigrationStatement,
        Self::MigrationApplied,
        Self::StoreOpened,
        Self::StartOpened,
        Self::StartFreed,
        Self::IntakeVerified,
        Self::IntakeBeforeAppend,
        Self::IntakeAfterAppend,
        Self::WriterTaken,
        Self::WriterRouted,
        Self::WriterBeforeAnswer,
        Self::WriterAnswered,
        Self::JournalWritten,
        Self::JournalReplayed,
        Self::WishBeforeAppend,
        Self::WishAppended,
        Self::LaneClaimed,
        Self::LaneHeld,
        Self::LaneWoken,
        Self::LaneReleased,
        Self::TranslatorClaimed,
        Self::TranslatorLoaded,
        Self::TranslatorTranslated,
        Self::TranslatorAfterFacts,
        Self::TranslatorPlanned,
        Self::TranslatorFinished,
        Self::TranslatorRecorded,
        Self::PlanLeads,
        Self::PlanInserted,
        Self::CourierRecovering,
        Self::CourierRecovered,
        Self::CourierClaimed,
        Self::CourierProbed,
        Self::CourierBeforeLeave,
        Self::CourierLeft,
        Self::CrmRead,
        Self::CrmFormed,
        Self::CrmBeforeIntent,
        Self::CrmIntended,
        Self::CrmCalled,
        Self::CrmAnswered,
        Self::CrmJudged,
        Self::AttemptWritten,
        Self::AttemptBegun,
        Self::SettleAttempts,
        Self::SettleLeads,
        Self::SettleDeliveries,
        Self::SettleJournal,
        Self::Settled,
        Self::LeadRenewed,
        Self::VerifyBeforeRead,
        Self::VerifyAfterRead,
        Self::VerifyBeforeRecord,
        Self::ZoomBeforeIntent,
        Self::ZoomBeforeCall,
        Self::ZoomCalled,
        Self::ZoomLooked,
        Self::OutsideBeforeSend,
        Self::OutsideAnswered,
        Self::RefreshBeforeIntent,
        Self::RefreshIntended,
        Self::RefreshBeforeCall,
        Self::RefreshCalled,
        Self::RefreshBeforeStore,
        Self::RefreshStored,
        Self::SignInBegun,
        Self::SignInClaimed,
        Self::SignInExchanged,
        Self::SignInOffered,
        Self::ConnectAdvanced,
        Self::ConnectEnded,
        Self::ConnectInserted,
        Self::DisconnectEnded,
        Self::KeeperRefreshed,
        Self::KeeperPruned,
        Self::ReplayMarked,
        Self::SetupTried,
        Self::SetupTyped,
        Self::SetupInserted,
        Self::SettingsSaved,
        Self::BackupCopied,
        Self::BackupFinished,
        Self::RestoreCopied,
        Self::RestoreKept,
        Self::RestoreFinished,
        Self::RotationKept,
        Self::RotationBegun,
        Self::RotationPage,
        Self::RotationSealed,
    ];

    /// The name by which the environment knows it.
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "one line for each place")]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StoreBegin => "store.begin",
            Self::StoreBegun => "store.begun",
            Self::StoreBeforeCommit => "store.before_commit",
            Self::StoreAfterCommit => "store.after_commit",
            Self::StoreRollback => "store.rollback",
            Self::MigrationLocked => "migration.locked",
            Self::MigrationStatement => "migration.statement",
            Self::MigrationApplied => "migration.applied",
            Self::StoreOpened => "store.opened",
            Self::StartOpened => "start.opened",
            Self::StartFreed => "start.freed",
            Self::IntakeVerified => "intake.verified",
            Self::IntakeBeforeAppend => "intake.before_append",
            Self::IntakeAfterAppend => "intake.after_append",
            Self::WriterTaken => "writer.taken",
            Self::WriterRouted => "writer.routed",
            Self::WriterBeforeAnswer => "writer.before_answer",
            Self::WriterAnswered => "writer.answered",
            Self::JournalWritten => "journal.written",
            Self::JournalReplayed => "journal.replayed",
            Self::WishBeforeAppend => "wish.before_append",
            Self::WishAppended => "wish.appended",
            Self::LaneClaimed => "lane.claimed",
            Self::LaneHeld => "lane.held",
            Self::LaneWoken => "lane.woken",
            Self::LaneReleased => "lane.released",
            Self::TranslatorClaimed => "translator.claimed",
            Self::TranslatorLoaded => "translator.loaded",
            Self::TranslatorTranslated => "translator.translated",
            Self::TranslatorAfterFacts => "translator.after_facts",
            Self::TranslatorPlanned => "translator.planned",
            Self::TranslatorFinished => "translator.finished",
            Self::TranslatorRecorded => "translator.recorded",
            Self::PlanLeads => "plan.leads",
            Self::PlanInserted => "plan.inserted",
            Self::CourierRecovering => "courier.recovering",
            Self::CourierRecovered => "courier.recovered",
            Self::CourierClaimed => "courier.claimed",
            Self::CourierProbed => "courier.probed",
            Self::CourierBeforeLeave => "courier.before_leave",
            Self::CourierLeft => "courier.left",
            Self::CrmRead => "crm.read",
            Self::CrmFormed => "crm.formed",
            Self::CrmBeforeIntent => "crm.before_intent",
            Self::CrmIntended => "crm.intended",
            Self::CrmCalled => "crm.called",
            Self::CrmAnswered => "crm.answered",
            Self::CrmJudged => "crm.judged",
            Self::AttemptWritten => "attempt.written",
            Self::AttemptBegun => "attempt.begun",
            Self::SettleAttempts => "settle.attempts",
            Self::SettleLeads => "settle.leads",
            Self::SettleDeliveries => "settle.deliveries",
            Self::SettleJournal => "settle.journal",
            Self::Settled => "settle.committed",
            Self::LeadRenewed => "lead.renewed",
            Self::VerifyBeforeRead => "verify.before_read",
            Self::VerifyAfterRead => "verify.after_read",
            Self::VerifyBeforeRecord => "verify.before_record",
            Self::ZoomBeforeIntent => "zoom.before_intent",
            Self::ZoomBeforeCall => "zoom.before_call",
            Self::ZoomCalled => "zoom.called",
            Self::ZoomLooked => "zoom.looked",
            Self::OutsideBeforeSend => "outside.before_send",
            Self::OutsideAnswered => "outside.answered",
            Self::RefreshBeforeIntent => "refresh.before_intent",
            Self::RefreshIntended => "refresh.intended",
            Self::RefreshBeforeCall => "refresh.before_call",
            Self::RefreshCalled => "refresh.called",
            Self::RefreshBeforeStore => "refresh.before_store",
            Self::RefreshStored => "refresh.stored",
            Self::SignInBegun => "sign_in.begun",
            Self::SignInClaimed => "sign_in.claimed",
            Self::SignInExchanged => "sign_in.exchanged",
            Self::SignInOffered => "sign_in.offered",
            Self::ConnectAdvanced => "connect.advanced",
            Self::ConnectEnded => "connect.ended",
            Self::ConnectInserted => "connect.inserted",
            Self::DisconnectEnded => "disconnect.ended",
            Self::KeeperRefreshed => "keeper.refreshed",
            Self::KeeperPruned => "keeper.pruned",
            Self::ReplayMarked => "replay.marked",
            Self::SetupTried => "setup.tried",
            Self::SetupTyped => "setup.typed",
            Self::SetupInserted => "setup.inserted",
            Self::SettingsSaved => "settings.saved",
            Self::BackupCopied => "backup.copied",
            Self::BackupFinished => "backup.finished",
            Self::RestoreCopied => "restore.copied",
            Self::RestoreKept => "restore.kept",
            Self::RestoreFinished => "restore.finished",
            Self::RotationKept => "rotation.kept",
            Self::RotationBegun => "rotation.begun",
            Self::RotationPage => "rotation.page",
            Self::RotationSealed => "rotation.sealed",
        }
    }

    /// The place of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|point| point.as_str() == name)
    }
}

/// The program has come to a place where it may end.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
pub const fn reached(_: Point) {}

/// The program has come to a place where it may end.
#[cfg(feature = "failpoints")]
pub fn reached(point: Point) {
    strike::reached(point);
}

#[cfg(feature = "failpoints")]
pub mod strike;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_found_by_its_own_name() {
        for point in Point::ALL {
            assert_eq!(Point::parse(point.as_str()), Some(point));
        }
        assert_eq!(Point::parse("nowhere"), None);
    }
}
