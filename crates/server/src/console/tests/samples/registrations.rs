//! The page of registrations with all that may stand on it, and the versions of the settings.

use super::lists::{emptied, listed};
use super::{Page, Say, frame, moment, page};
use crate::console::frame::Place;
use crate::console::list::Empty;
use crate::console::registrations::{
    AnswerRow, Choice, DifferenceShown, OriginFields, PictureShown, PreviewShown, Registrations, StatusChoices,
    TallyShown, TrialShown, Version, VersionLine, Versions,
};

const CHOICES: [(&str, &str); 2] = [("first", "The first"), ("other", "The other")];

fn choices() -> Vec<Choice> {
    CHOICES.iter().map(|(value, text)| Choice { value, text, chosen: *value == "other" }).collect()
}

pub fn registrations(say: Say<'_>) -> Vec<Page> {
    let full = full(say);
    let bare = Registrations {
        unread: Some(say("LeadSquared could not be asked (status 503).")),
        refusal: Some(say("LeadSquared has no lead field mx_Nowhere.")),
        preview: None,
        trial: None,
        registrants: Vec::new(),
        ..full.clone()
    };
    vec![page("registrations", &full), page("registrations-bare", &bare)]
}

fn full(say: Say<'_>) -> Registrations {
    let row = |title: &str, lead: &str, holds: &str| AnswerRow {
        title: say(title),
        lead: say(lead),
        holds: say(holds),
        policy: choices(),
        activity: say("mx_Custom_7"),
    };
    Registrations {
        frame: frame(say, "Registrations", Place::Configure),
        version: 7,
        wish: "w1".to_owned(),
        refusal: None,
        unread: None,
        standard: vec![row("First name", "FirstName", "First Name: text, 200 characters"), row("City", "", "")],
        questions: vec![row("What is your budget?", "mx_Budget", "Budget: number"), row("", "", "")],
        lead_fields: vec![(say("mx_Budget"), say("Budget: number"))],
        activity_fields: vec![say("mx_Custom_7")],
        capture: choices(),
        matching: choices(),
        origin: OriginFields {
            lead_source: say("Zoom Webinar"),
            unlisted: choices(),
            policy: choices(),
            by_tracking: vec![say("newsletter = E-mail")],
            field: say("SourceCampaign"),
            owner: choices(),
            owner_user: say("rep@acme.test"),
            hosts: vec![say("host@acme.test = rep@acme.test")],
        },
        status: StatusChoices { pending: choices(), approved: choices(), denied: choices(), cancelled: choices() },
        excluded: vec![say("rival.example")],
        staff: vec![say("acme.test")],
        registrants: vec![say("asha@customers.test"), say("ravi@customers.test")],
        preview: Some(PreviewShown {
            topic: say("Quarterly results"),
            registrant: say("asha@customers.test"),
            pictures: vec![PictureShown {
                what: say("Lead from registration"),
                held: say("The person is staff by the settings, and never becomes a lead."),
                note: say("Registered for the webinar “Quarterly results”."),
                fields: vec![(say("FirstName"), say("Asha"))],
            }],
        }),
        trial: Some(TrialShown {
            topic: say("Quarterly results"),
            notifications: say("412 notifications"),
            tallies: vec![TallyShown { kind: "Leads", counts: [400, 12, 0, 0] }],
            differences: vec![DifferenceShown {
                how: "changed",
                what: say("Lead from registration"),
                who: say("asha@customers.test"),
                fields: vec![(say("mx_City"), say(""), say("Pune"))],
            }],
        }),
    }
}

pub fn versions(say: Say<'_>) -> Vec<Page> {
    let line = |version: i64| VersionLine { version, author: say("meera@acme.test"), at: moment(3_600 * version) };
    let list = Versions {
        frame: frame(say, "Versions", Place::Configure),
        lines: vec![line(7), line(6)],
        current: 7,
        list: listed(say, "versions", "/t/acme/versions"),
    };
    let one = Version {
        frame: frame(say, "Version of the settings", Place::Configure),
        version: 6,
        current: 7,
        changed: vec![say("lead source: “Web” became “Zoom Webinar”")],
        back: vec![say("lead source: “Zoom Webinar” became “Web”")],
        refusal: Some(say("Somebody else changed the settings meanwhile.")),
    };
    let empty = Versions { lines: Vec::new(), list: emptied(&list.list, Empty::NothingYet), ..list.clone() };
    vec![page("versions", &list), page("versions-none", &empty), page("version", &one)]
}
