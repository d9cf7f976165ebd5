//! Samples of the pages of the migration, at every step.

use super::lists::listed;
use super::{Page, Say, frame, moment, page};
use crate::console::frame::{Frame, Place};
use crate::console::list::List;
use crate::console::migration::{CertificateCard, MigrationPage, MoveLine, MovesPage, OldAppCard, StepMark, TestLine};
use crate::console::part::{Pill, Tone, WebLink};
use crate::console::review::{ReviewInvite, ReviewLine, ReviewPage, Reviews};
use connector_core::migration::{Concerned, Step, Tick};

fn at(say: Say<'_>, step: Step) -> MigrationPage {
    MigrationPage {
        frame: frame(say, "Migration", Place::Configure),
        step,
        steps: Step::ALL.into_iter().map(|step| StepMark { step, pill: Pill::new(Tone::Wait, "later") }).collect(),
        installed: say("2022-04-01"),
        concerned: Concerned::Yes,
        invitation: None,
        installed_before: "2023-06-01".to_owned(),
        refused_from: "2023-09-08".to_owned(),
        old_app: OldAppCard {
            on: true,
            calls: true,
            address: "https://connector.acme.test/zoom/legacy/acme/webhook".to_owned(),
            told: 1_234,
            last: Some(moment(90)),
            since: 3,
            account: say("AcctDemo"),
        },
        to_sign_in: vec![("webinar-settings", "Webinars")],
        signed_in: vec!["Meetings"],
        code: "MOVE-7GK2".to_owned(),
        test: vec![TestLine {
            kind: "Webinars",
            ticks: Tick::ALL.map(|tick| (tick == Tick::Planned, tick.sentence())).to_vec(),
            note: say("It is deleted in Zoom again."),
            start: say("https://zoom.us/s/86000000001"),
        }],
        is_tested: false,
        test_lead: (
            say("zoom-test-move-7gk2@example.com"),
            WebLink::parse("https://in21.leadsquared.test/LeadManagement/LeadDetails?LeadID=1"),
        ),
        quiet: Some(moment(-3_600)),
        parity: (1_200, 34, 0),
        records: (2_400, 0),
        changes: vec![say("lead source: “a” became “b”")],
        compared: say("On the 40 recorded events of the last webinar, both make the same records."),
        released: Some((say("Ann Manager"), say("the results are the same"))),
        can_go_back: step != Step::Done,
        certificate: (step == Step::Done).then(|| CertificateCard {
            by: say("meera@acme.test"),
            at: moment(60),
            began: moment(200_000),
            parity: (1_200, 34, 0),
            written: 2_400,
            doubled: 0,
            changes: vec![say("lead source: “a” became “b”")],
        }),
        refusal: None,
    }
}

/// The page at every step, and the operator's list.
pub fn pages(say: Say<'_>) -> Vec<Page> {
    let list = MovesPage {
        frame: frame(say, "Migrations", Place::Tenants),
        lines: vec![MoveLine {
            id: say("acme"),
            name: say("Acme India"),
            concerned: "yes",
            step: Pill::new(Tone::Wait, "Sign in with Zoom"),
            told: 1_234,
            last: Some(moment(90)),
        }],
        choices: Step::ALL.into_iter().map(|step| (step.as_str(), step.title(), step == Step::Quiet)).collect(),
        whether: vec![("yes", "yes", true), ("no", "no", false)],
        list: List { turn: None, ..listed(say, "tenants", "/migrations") },
    };
    let untested = MigrationPage { code: String::new(), ..at(say, Step::Test) };
    let refused = MigrationPage { refusal: Some(say("Nothing waits for a review.")), ..at(say, Step::Quiet) };
    let silent = |mut page: MigrationPage| {
        (page.old_app.on, page.old_app.since, page.old_app.last) = (false, 0, None);
        page
    };
    let later = MigrationPage { concerned: Concerned::No, ..at(say, Step::Begin) };
    let invited =
        MigrationPage { invitation: Some(say("https://connector.acme.test/review/token")), ..at(say, Step::Review) };
    let mut pages = reviews(say);
    pages.extend([
        page("migration-begin", &at(say, Step::Begin)),
        page("migration-not-concerned", &later),
        page("migration-invited", &invited),
        page("migration-review", &at(say, Step::Review)),
        page("migration-sign-in", &at(say, Step::SignIn)),
        page("migration-untested", &untested),
        page("migration-test", &at(say, Step::Test)),
        page("migration-deactivate", &at(say, Step::Deactivate)),
        page("migration-quiet", &silent(at(say, Step::Quiet))),
        page("migration-refused", &refused),
        page("migration-finish", &at(say, Step::Finish)),
        page("migration-done", &at(say, Step::Done)),
        page("migrations", &list),
    ]);
    pages
}

/// The account manager's pages.
fn reviews(say: Say<'_>) -> Vec<Page> {
    let outside = || Frame::outside("Review", "token");
    let review = ReviewPage {
        frame: outside(),
        tenant: say("acme"),
        name: say("Acme India"),
        waits: true,
        compared: say("On the 40 recorded events of the last webinar, both make the same records."),
        logic: vec![(say("Leaves out: Students"), say("email.startsWith('student')"))],
        changes: vec![say("lead source: “a” became “b”")],
        reviewer: say("Ann Manager"),
        released: Some((say("Ann Manager"), say("the results are the same"))),
        refusal: Some(say("Nothing waits for a review.")),
    };
    let bare = ReviewPage {
        waits: false,
        logic: Vec::new(),
        changes: Vec::new(),
        released: None,
        refusal: None,
        ..review.clone()
    };
    let invite = ReviewInvite { frame: outside(), token: say("token"), tenant: say("Acme India") };
    let ended = ReviewInvite { tenant: String::new(), ..invite.clone() };
    let line = ReviewLine { id: say("acme"), name: say("Acme India"), state: Pill::new(Tone::Wait, "waits for you") };
    let list = Reviews { frame: outside(), who: say("ann@manager.test"), lines: vec![line] };
    let empty = Reviews { lines: Vec::new(), ..list.clone() };
    vec![
        page("review", &review),
        page("review-nothing", &bare),
        page("review-invite", &invite),
        page("review-invite-ended", &ended),
        page("reviews", &list),
        page("reviews-none", &empty),
    ]
}
