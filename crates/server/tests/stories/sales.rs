//! Sales users who schedule without an account: a link goes to active users of LeadSquared only, and who is none any more loses
//! the session.

use super::calendar::counted;
use super::house::{HOUR_MS, House, MINUTE_MS};
use super::on_both;
use super::webinar::person;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use connector_core::fact::agreed::{Part, Standing};
use connector_core::schedule_request::{RepeatWanted, ScheduleRequest, WishId};
use connector_core::zoom::options::SignUp;
use connector_server::intake::commands;
use connector_server::mail::Postman;
use connector_simulator::fault::Fault;
use connector_simulator::leadsquared::UserStatus;
use connector_simulator::zoom::Who;

const ORG: &str = "sunrise";
const RAVI: &str = "ravi@sunrise.example";
const DAY_MS: i64 = 24 * HOUR_MS;
/// The operation by which LeadSquared is asked for a user.
const USER: &str = "User/Retrieve/ByEmailAddress";

/// Somebody's browser, which keeps cookies.
#[derive(Default)]
struct Visitor {
    cookies: Vec<(String, String)>,
}

impl Visitor {
    async fn ask(
        &mut self,
        house: &House,
        request: axum::http::request::Builder,
        body: String,
    ) -> (StatusCode, String, String) {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(header::COOKIE, pairs.join("; "));
        let response = house.answer(request.body(Body::from(body)).unwrap()).await;
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        let status = response.status();
        let location = response.headers().get(header::LOCATION).map(|value| value.to_str().unwrap().to_owned());
        let body = axum::body::to_bytes(response.into_body(), 1 << 22).await.unwrap();
        (status, location.unwrap_or_default(), String::from_utf8(body.to_vec()).unwrap())
    }

    async fn get(&mut self, house: &House, path: &str) -> (StatusCode, String, String) {
        self.ask(house, Request::get(path), String::new()).await
    }

    async fn post(&mut self, house: &House, path: &str, fields: &[(&str, &str)]) -> (StatusCode, String, String) {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let pairs: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", value.replace('@', "%40"))).collect();
        self.ask(house, request, pairs.join("&")).await
    }
}

fn token(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"form_token\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// The address of the action as LeadSquared opens it.
async fn entry(house: &House) -> (String, String) {
    let keys = house.shared.keys.of(&house.shared.store, &house.tenant(0)).await.unwrap();
    let k = keys.tenant_keys().alias("sales_entry", &["1"]).0;
    (format!("/t/{ORG}/sales?k={k}&lead=meera%40customers.example&name=Meera&by="), k)
}

/// Asks for a link; the page that answers.
async fn ask(house: &House, email: &str) -> (StatusCode, String) {
    let mut visitor = Visitor::default();
    let (path, k) = entry(house).await;
    let page = visitor.get(house, &path).await.2;
    let fields = [
        ("form_token", &*token(&page)),
        ("k", &k),
        ("lead", "meera@customers.example"),
        ("name", "Meera"),
        ("email", email),
    ];
    let (status, _, page) = visitor.post(house, &format!("/t/{ORG}/sales"), &fields).await;
    (status, page.replace(email, "WHO"))
}

/// Mails that arrived by now: to whom, and the link in each.
async fn mails(house: &House) -> Vec<(String, String)> {
    let mut postman = Postman::new(house.shared.clone());
    for _ in 0..10 {
        postman.step().await.unwrap();
    }
    let link = |text: &str| {
        let at = text.find("/sales/").unwrap();
        text[at..].split_whitespace().next().unwrap().to_owned()
    };
    house.preset.smtp.arrived().iter().map(|mail| (mail.to.clone(), link(&mail.text))).collect()
}

async fn sign_in(house: &House, link: &str) -> Visitor {
    let mut ravi = Visitor::default();
    let page = ravi.get(house, link).await.2;
    let (status, location, _) = ravi.post(house, link, &[("form_token", &token(&page))]).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert_eq!(location, format!("/t/{ORG}/schedule?lead=meera%40customers.example&name=Meera"));
    ravi
}

fn add_users(house: &House) {
    let crm = &house.preset.leadsquared;
    crm.add_user(ORG, RAVI, ("Ravi", "Iyer"), UserStatus::Active);
    crm.add_user(ORG, "gone@sunrise.example", ("Gone", "Away"), UserStatus::Inactive);
}

#[tokio::test]
async fn a_link_goes_to_active_users_alone_and_the_page_says_the_same_to_everybody() {
    on_both(async |house| {
        add_users(&house);
        let (status, told) = ask(&house, RAVI).await;
        assert_eq!(status, StatusCode::OK);
        assert!(told.contains("is on its way"), "{told}");
        for stranger in ["gone@sunrise.example", "nobody@sunrise.example"] {
            let (status, same) = ask(&house, stranger).await;
            assert_eq!((status, same), (StatusCode::OK, told.clone()));
        }
        let sent = mails(&house).await;
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].0, RAVI);
        // Asked again and again, no more than five within an hour.
        for _ in 0..8 {
            ask(&house, RAVI).await;
        }
        assert_eq!(mails(&house).await.len(), 5);
        let mut ravi = sign_in(&house, &sent[0].1).await;
        let (status, _, form) =
            ravi.get(&house, &format!("/t/{ORG}/schedule?lead=meera%40customers.example&name=Meera")).await;
        assert_eq!(status, StatusCode::OK);
        assert!(form.contains("Meeting with Meera") && form.contains("meera@customers.example"), "{form}");
        // The action leads straight on from now on.
        let (_, location, _) = ravi.get(&house, &entry(&house).await.0).await;
        assert!(location.starts_with(&format!("/t/{ORG}/schedule?lead=")), "{location}");
    })
    .await;
}

#[tokio::test]
async fn who_is_no_user_any_more_is_signed_out_within_a_day() {
    on_both(async |mut house| {
        add_users(&house);
        ask(&house, RAVI).await;
        let link = mails(&house).await[0].1.clone();
        let mut ravi = sign_in(&house, &link).await;
        let schedule = format!("/t/{ORG}/schedule");
        assert_eq!(ravi.get(&house, &schedule).await.0, StatusCode::OK);
        let crm = house.preset.leadsquared.clone();
        crm.set_user_status(ORG, RAVI, UserStatus::Inactive);
        assert_eq!(ravi.get(&house, &schedule).await.0, StatusCode::OK, "asked once a day");
        // While LeadSquared does not answer, its last word holds, and it is asked again after a while.
        house.advance(DAY_MS);
        crm.faults().plan(USER, (0, 1), Fault::Answer(503, String::new()));
        assert_eq!(ravi.get(&house, &schedule).await.0, StatusCode::OK);
        assert_eq!(ravi.get(&house, &schedule).await.0, StatusCode::OK, "left alone for some minutes");
        house.advance(10 * 60_000);
        let (status, location, _) = ravi.get(&house, &schedule).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert!(location.starts_with("/sign-in"), "{location}");
        crm.set_user_status(ORG, RAVI, UserStatus::Active);
        assert_eq!(ravi.get(&house, &schedule).await.0, StatusCode::SEE_OTHER, "the session is gone for good");
        house.advance(31 * DAY_MS);
        house.keep().await;
    })
    .await;
}

/// A meeting of Ravi's in so many hours.
async fn schedule(house: &House, wish: &str, (topic, hours): (&str, i64), more: ScheduleRequest) {
    let start = jiff::Timestamp::from_millisecond(house.now_ms() + hours * HOUR_MS).unwrap();
    let request = ScheduleRequest {
        lead: "asha@customers.example".to_owned(),
        topic: topic.to_owned(),
        start: start.strftime("%Y-%m-%dT%H:%M").to_string(),
        zone: "UTC".to_owned(),
        minutes: Some(30),
        owner_email: RAVI.to_owned(),
        ..more
    };
    let wish = WishId::parse(wish).unwrap();
    commands::schedule_meeting(&house.shared, &house.tenant(0), &request, &wish, RAVI).await.unwrap();
}

/// The list as somebody sees it: under each heading the lines, each as topic and state; and where it leads on.
async fn list(house: &House, visitor: &mut Visitor, query: &str) -> (Vec<String>, String) {
    let (status, _, page) = visitor.get(house, &format!("/t/{ORG}/own-meetings{query}")).await;
    assert_eq!(status, StatusCode::OK);
    let mut lines = Vec::new();
    for part in page.split("<section").skip(1).filter(|part| part.contains("<h2 id=")) {
        let heading = part.split("<h2 id=\"").nth(1).unwrap().split('"').next().unwrap();
        for row in part.split("<tr role=\"row\">\n").skip(1) {
            let topic = row.split("<bdi>").nth(1).unwrap().split("</bdi>").next().unwrap();
            let state = row.split("data-label=\"State\"").nth(1).unwrap().split("</svg>").nth(1).unwrap();
            let state = state.split('<').next().unwrap();
            let offers = [(">Join<", " join"), (">Change or cancel<", " change")];
            let offers: String = offers.iter().filter(|(mark, _)| row.contains(mark)).map(|(_, word)| *word).collect();
            lines.push(format!("{heading}: {topic}, {state}{offers}"));
        }
    }
    (lines, page)
}

#[tokio::test]
async fn a_sales_user_follows_the_own_meetings_in_a_list() {
    on_both(async |mut house| {
        add_users(&house);
        house.preset.leadsquared.add_user(ORG, "sita@sunrise.example", ("Sita", "Rao"), UserStatus::Active);
        for person in [RAVI, "sita@sunrise.example"] {
            ask(&house, person).await;
        }
        let sent = mails(&house).await;
        let link = |of: &str| sent.iter().find(|(to, _)| to == of).unwrap().1.clone();
        let (mut ravi, mut sita) =
            (sign_in(&house, &link(RAVI)).await, sign_in(&house, &link("sita@sunrise.example")).await);
        schedule(&house, "w2", ("Second call", 48), ScheduleRequest::default()).await;
        assert_eq!(list(&house, &mut ravi, "").await.0, ["unmade: Second call, Waiting"], "just asked for");
        let gone = ScheduleRequest { host: "gone@sunrise.example".to_owned(), ..ScheduleRequest::default() };
        schedule(&house, "w3", ("Of nobody", 72), gone).await;
        schedule(&house, "w1", ("First call", 24), ScheduleRequest::default()).await;
        house.settle().await;
        let (lines, page) = list(&house, &mut ravi, "").await;
        let failed = "unmade: Of nobody, Failed";
        assert_eq!(
            lines,
            [failed, "coming: First call, Planned join change", "coming: Second call, Planned join change"],
            "{page}"
        );
        assert!(page.contains(&format!("/t/{ORG}/schedule/w1")), "{page}");
        assert!(list(&house, &mut sita, "").await.1.contains("No meetings yet"));

        // A change counts from its moment on.
        house.advance(60_000);
        let (of, change) = (WishId::parse("w1").unwrap(), WishId::parse("c1").unwrap());
        let cancel = Part { standing: Some(Standing::Cancelled), ..Part::default() };
        commands::change_meeting(&house.shared, &house.tenant(0), (&of, cancel, None), &change, RAVI).await.unwrap();
        house.settle().await;
        let (lines, page) = list(&house, &mut ravi, "").await;
        assert_eq!(
            lines,
            [failed, "coming: First call, Cancelled", "coming: Second call, Planned join change"],
            "{page}"
        );
        house.advance(3 * DAY_MS);
        let (lines, page) = list(&house, &mut ravi, "").await;
        assert_eq!(lines, [failed, "past: Second call, Not held", "past: First call, Cancelled"], "{page}");
    })
    .await;
}

/// How many registered and came, as each line says, in the order of the lines.
fn numbers(page: &str) -> Vec<[String; 2]> {
    let cell = |row: &str, label: &str| {
        let (_, rest) = row.split_once(&format!("data-label=\"{label}\">")).unwrap();
        rest.split('<').next().unwrap().to_owned()
    };
    let rows = page.split("<tr role=\"row\">\n").skip(1);
    rows.map(|row| ["Registered", "Came"].map(|label| cell(row, label))).collect()
}

#[tokio::test]
async fn the_list_tells_of_each_meeting_how_many_registered_and_came() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        add_users(&house);
        ask(&house, RAVI).await;
        let mut ravi = sign_in(&house, &mails(&house).await[0].1.clone()).await;
        let open = ScheduleRequest { sign_up: SignUp::Automatic, ..ScheduleRequest::default() };
        schedule(&house, "w1", ("Campus tour", 24), open).await;
        schedule(&house, "w2", ("Plain call", 72), ScheduleRequest::default()).await;
        house.settle().await;
        let made = |topic: &str| zoom.history().meetings.into_iter().find(|one| one.topic == topic).unwrap().number;
        let number = made("Campus tour");
        let now = house.now_ms();
        let ids: Vec<String> = ["asha", "meera", "arun"]
            .map(|name| zoom.register(number, person(name), now + 1).unwrap())
            .into_iter()
            .collect();
        counted(&mut house).await;
        let (lines, page) = list(&house, &mut ravi, "").await;
        assert_eq!(lines, ["coming: Campus tour, Planned join change", "coming: Plain call, Planned join change"]);
        let not_known = "–".to_owned();
        assert_eq!(numbers(&page), [["3".to_owned(), not_known.clone()], [not_known.clone(), not_known.clone()]]);

        house.advance(24 * HOUR_MS);
        let at = |minutes: i64| house.now_ms() + minutes * MINUTE_MS;
        let uuid = zoom.start(number, at(0)).unwrap();
        for id in &ids[..2] {
            let stay = zoom.join(&uuid, Who::Registrant(id.clone()), at(1)).unwrap();
            zoom.leave(&uuid, &stay, at(28));
        }
        zoom.end(&uuid, at(29));
        house.settle_within(3 * HOUR_MS).await;
        house.advance(3 * HOUR_MS);
        house.settle_within(3 * HOUR_MS).await;
        counted(&mut house).await;
        let (lines, page) = list(&house, &mut ravi, "").await;
        assert_eq!(lines, ["coming: Plain call, Planned join change", "past: Campus tour, Held"], "{page}");
        assert_eq!(numbers(&page), [[not_known.clone(), not_known], ["3".to_owned(), "2".to_owned()]]);
    })
    .await;
}

#[tokio::test]
async fn a_long_list_of_own_meetings_leads_on_to_later_and_older_ones() {
    on_both(async |mut house| {
        add_users(&house);
        ask(&house, RAVI).await;
        let mut ravi = sign_in(&house, &mails(&house).await[0].1.clone()).await;
        let daily = ScheduleRequest { repeat: RepeatWanted::Daily, times: Some(29), ..ScheduleRequest::default() };
        schedule(&house, "w1", ("Daily call", 24), daily).await;
        house.settle().await;
        let next = |page: &str, name: &str| {
            let (_, rest) = page.split_once(&format!("/own-meetings?{name}=")).unwrap();
            format!("?{name}={}", rest.split('"').next().unwrap())
        };
        let (lines, page) = list(&house, &mut ravi, "").await;
        assert_eq!(lines.len(), 25, "{page}");
        let (later, page) = list(&house, &mut ravi, &next(&page, "after")).await;
        assert_eq!(later, vec!["coming: Daily call, Planned join change"; 4], "{page}");
        assert!(page.contains("First page") && !page.contains("Later ones"), "{page}");
        house.advance(28 * DAY_MS + 2 * HOUR_MS);
        let (lines, page) = list(&house, &mut ravi, "").await;
        let shown = |name: &str| lines.iter().filter(|line| line.starts_with(name)).count();
        assert_eq!((shown("coming"), shown("past")), (1, 25), "{page}");
        let (older, page) = list(&house, &mut ravi, &next(&page, "before")).await;
        assert_eq!(older, vec!["past: Daily call, Not held"; 3], "{page}");
    })
    .await;
}
