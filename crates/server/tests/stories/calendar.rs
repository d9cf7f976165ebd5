//! The calendar: what is listed of a webinar equals what happened in Zoom, and what was there before is filled in.

use super::after::GRACE_MS;
use super::house::{House, MINUTE_MS};
use super::on_both;
use super::webinar::{person, webinar};
use connector_core::calendar::Stage;
use connector_core::calendar::numbers::Numbers;
use connector_core::calendar::people::{Guest, Role};
use connector_core::settings::Threshold;
use connector_server::store::calendar_list::{self, CalendarRow, Filter};
use connector_server::store::guests::{self, Asked};
use connector_simulator::zoom::{Approval, Mischief, Who};

/// People on a page.
const PAGE: usize = 5;

async fn listed(house: &House) -> Vec<CalendarRow> {
    let tenant = house.tenant(0);
    let filter = Filter { from_ms: i64::MIN, limit: 100, ..Filter::default() };
    let read =
        house.shared.store.read(move |unit| Box::pin(async move { calendar_list::page(unit, &tenant, &filter).await }));
    read.await.unwrap()
}

/// Everybody, page by page.
async fn guests(house: &House, row: &CalendarRow) -> Vec<Guest> {
    let keys = house.shared.keys.of(&house.shared.store, &row.tenant).await.unwrap().tenant_keys();
    let wanted = row.clone();
    let reading = house.shared.store.read(move |unit| {
        Box::pin(async move {
            let threshold = Threshold::Minutes(5);
            let asked = Asked { keys: Some(&keys), row: &wanted, threshold, search: "", most: PAGE };
            let (mut all, mut after, mut pages) = (Vec::new(), None, 0);
            loop {
                let page = guests::page(unit, &asked, after).await?;
                let named = page.guests.iter().filter(|guest| guest.role != Role::Unnamed).count();
                assert!(named == PAGE || page.next.is_none() && named <= PAGE, "{named} on page {pages}");
                all.extend(page.guests);
                pages += 1;
                after = page.next;
                if after.is_none() {
                    return Ok(all);
                }
            }
        })
    });
    reading.await.unwrap()
}

/// Long enough that what changed is counted.
pub async fn counted(house: &mut House) {
    house.settle().await;
    house.advance(15_000);
    house.keep().await;
}

/// A webinar told twice and in any order: ten of twelve come, four of them leave and come back, one is on two devices, one is nobody that
/// Zoom names.
async fn held(house: &mut House) -> u64 {
    let zoom = house.preset.zoom.clone();
    zoom.set_mischief(Mischief {
        doubled_per_100: 50,
        shuffled: true,
        double_subscription: true,
        ..Mischief::default()
    });
    let number = webinar(house, Approval::Automatic);
    let now = house.now_ms();
    let at = |minutes: i64| now + minutes * MINUTE_MS;
    let ids: Vec<String> =
        (0..12).map(|n| zoom.register(number, person(&format!("p{n:02}")), at(-30) + n).unwrap()).collect();
    counted(house).await;
    let rows = listed(house).await;
    assert_eq!((rows.len(), rows[0].entry.stage, rows[0].numbers.registered), (1, Stage::Planned, 12));
    let now = house.now_ms();
    let at = |minutes: i64| now + minutes * MINUTE_MS;
    let uuid = zoom.start(number, at(0)).unwrap();
    let host = zoom.join(&uuid, Who::Host, at(0)).unwrap();
    for (n, id) in (0_i64..).zip(ids.iter().take(10)) {
        let who = || Who::Registrant(id.clone());
        let first = zoom.join(&uuid, who(), at(1)).unwrap();
        if n == 9 {
            let second = zoom.join(&uuid, who(), at(2)).unwrap();
            zoom.leave(&uuid, &second, at(10));
        }
        zoom.leave(&uuid, &first, at(20));
        if n < 4 {
            let again = zoom.join(&uuid, who(), at(30)).unwrap();
            zoom.leave(&uuid, &again, at(40 + n));
        }
    }
    let guest = zoom.join(&uuid, Who::Guest { name: "iPhone".to_owned() }, at(3)).unwrap();
    zoom.leave(&uuid, &guest, at(9));
    zoom.leave(&uuid, &host, at(50));
    zoom.end(&uuid, at(50));
    house.settle_within(3 * 60 * MINUTE_MS).await;
    house.advance(GRACE_MS + 60 * MINUTE_MS);
    house.settle_within(3 * 60 * MINUTE_MS).await;
    counted(house).await;
    number
}

#[tokio::test]
async fn what_is_listed_of_a_webinar_is_what_happened_in_zoom() {
    on_both(async |mut house| {
        let number = held(&mut house).await;
        let rows = listed(&house).await;
        assert_eq!(rows.len(), 1, "the date that was planned is the run now");
        let row = &rows[0];
        assert_eq!((row.entry.stage, row.entry.number.0), (Stage::Run, number));
        assert!(row.entry.ended_ms.is_some_and(|ended_ms| ended_ms - row.entry.starts_ms == 50 * MINUTE_MS));
        let expected = Numbers {
            registered: 12,
            came: 10,
            no_show: 2,
            unnamed: 1,
            reported: 10,
            closed: true,
            written: 10,
            people: 13,
            ..Numbers::default()
        };
        assert_eq!(row.numbers, expected);
        assert_eq!(row.numbers.truth(), "Zoom 10, ours 10, LeadSquared 10.");
        let guests = guests(&house, row).await;
        let of = |role: Role| guests.iter().filter(|guest| guest.role == role).count();
        assert_eq!((of(Role::Attended), of(Role::NoShow), of(Role::Unnamed)), (10, 2, 1));
        assert_eq!(guests.len(), 13, "everybody once");
        let presence = row.presence.clone().unwrap();
        assert_eq!((presence.from_ms, Some(presence.to_ms)), (row.entry.starts_ms, row.entry.ended_ms));
        assert_eq!(presence.steps.iter().max(), Some(&11), "ten and the one who is not named, never the host");
        let stayed = |email: &str| {
            let guest = guests.iter().find(|guest| guest.email == email).unwrap();
            (guest.stayed_ms / MINUTE_MS, guest.stays.len())
        };
        assert_eq!(stayed("p03@customers.example"), (19 + 13, 2), "away for ten minutes");
        assert_eq!(stayed("p09@customers.example"), (19, 2), "two devices at once are one person");
    })
    .await;
}

#[tokio::test]
async fn what_was_there_before_the_calendar_is_filled_in_once() {
    on_both(async |mut house| {
        held(&mut house).await;
        let before = listed(&house).await;
        let mut raw = super::databases::raw(&house.shared.config.store_url()).await;
        for text in ["delete from calendar_entry", "delete from beat where name = 'calendar_filled_to'"] {
            sqlx::query(text).execute(&mut raw).await.unwrap();
        }
        drop(raw);
        assert!(listed(&house).await.is_empty());
        for _ in 0..5 {
            house.keep().await;
            house.advance(15_000);
        }
        let after = listed(&house).await;
        let entries =
            |rows: &[CalendarRow]| rows.iter().map(|row| (row.entry.clone(), row.numbers)).collect::<Vec<_>>();
        assert_eq!(entries(&after), entries(&before));
    })
    .await;
}
