//! A row of the result collection: written from a [`View`], and found again by its name and date
//! (facts icims §4.3, §4.4). Field names and lengths are the customer's.

use std::collections::HashMap;

use http::HeaderMap;
use serde_json::{Map, Value, json};
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Date, PrimitiveDateTime};

use super::node::{Choice, Entry};
use crate::domain::{EntryId, Link, ResultFields, RowStatus, StatusId, Timestamp, View};
use crate::icims::lenient::{Lenient, Text, last_segment, object};

/// `yyyy-MM-dd hh:mm a`, in UTC.
const MINUTE: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour repr:12]:[minute] [period case:upper case_sensitive:false]");
const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
pub(super) const MINUTE_MS: i64 = 60_000;

/// The row that shows a view. What has no field name or no value is left out: a PATCH then keeps what stands there.
pub(in crate::icims) fn body(fields: &ResultFields, view: &View) -> Value {
    let name = match &fields.name_id {
        Some(id) => json!({ "id": id.as_str() }),
        None => json!({ "value": fields.name_value }),
    };
    let score = view.score.filter(|score| score.is_finite());
    let row: Map<String, Value> = [
        (&fields.name, Some(name)),
        (&fields.status, Some(json!({ "id": node(fields, view.status).as_str() }))),
        (&fields.date, written(view.date).map(Value::from)),
        (&fields.score, score.map(Value::from)),
        (&fields.result, Some(Value::from(cut(&view.result, fields.result_max_chars)))),
        (&fields.notes, Some(Value::from(cut(&view.notes, fields.notes_max_chars)))),
        (&fields.url, view.url.as_ref().map(|url| Value::from(Link::expose(url)))),
    ]
    .into_iter()
    .filter(|(field, _)| !field.is_empty())
    .filter_map(|(field, value)| Some((field.clone(), value?)))
    .collect();
    Value::Object(row)
}

pub(super) fn node(fields: &ResultFields, status: RowStatus) -> &StatusId {
    match status {
        RowStatus::Sent => &fields.sent,
        RowStatus::InProgress => &fields.in_progress,
        RowStatus::Complete => &fields.complete,
        RowStatus::Incomplete => &fields.incomplete,
    }
}

pub(super) fn cut(text: &str, max_chars: usize) -> String {
    text.chars().take(max_chars).collect()
}

/// As iCIMS writes a moment: to the minute, in UTC (facts icims §3.2).
pub(in crate::icims) fn written(at: Timestamp) -> Option<String> {
    at.utc().format(MINUTE).ok()
}

/// When a row says it was written; a date without time counts as the end of its day.
pub(in crate::icims) fn read(date: &str) -> Option<Timestamp> {
    let minute = PrimitiveDateTime::parse(date, MINUTE).ok();
    let whole_day = || Date::parse(date, DAY).ok()?.with_hms(23, 59, 0).ok();
    minute.or_else(whole_day).map(|at| Timestamp::from(at.assume_utc()))
}

/// The entry that a creation's `Location` names; nothing if it names none (facts icims §4.3).
pub(in crate::icims) fn entry_of(headers: &HeaderMap) -> Option<EntryId> {
    let last = last_segment(headers.get("location")?.to_str().ok()?)?;
    let numeric = last.bytes().all(|byte| byte.is_ascii_digit());
    // Without an entry the last segment is the collection's name.
    if numeric { EntryId::parse(last).ok() } else { None }
}

/// The latest row with our name that says it was written at or after `since`, to the minute, and is none of `held`.
pub(in crate::icims) fn latest(
    fields: &ResultFields,
    workflow: &[u8],
    since: Timestamp,
    held: &[EntryId],
) -> Option<Option<EntryId>> {
    let all: HashMap<String, Lenient<Vec<Lenient<Row>>>> = object(workflow)?;
    let rows = all.get(&fields.collection).and_then(Lenient::as_ref).map(Vec::as_slice).unwrap_or_default();
    let since = Timestamp::from_ms(since.ms() - since.ms().rem_euclid(MINUTE_MS));
    let ours =
        rows.iter().filter_map(Lenient::as_ref).filter(|row| is_ours(fields, row) && is_since(fields, row, since));
    let free = ours.filter(|row| !held.iter().any(|held| text(row, "entry") == Some(held.as_str())));
    let entry = free.filter_map(|row| text(row, "entry")?.parse::<u64>().ok()).max();
    Some(entry.and_then(|entry| EntryId::parse(entry.to_string()).ok()))
}

pub(super) type Row = HashMap<String, Lenient<Choice>>;

pub(super) fn text<'a>(row: &'a Row, field: &str) -> Option<&'a str> {
    match row.get(field)?.as_ref()? {
        Choice::One(Entry::Text(text)) => Some(Text::as_str(text)),
        _ => None,
    }
}

/// Whether a row bears our name. A collection without a name field is ours alone.
pub(super) fn is_ours(fields: &ResultFields, row: &Row) -> bool {
    if fields.name.is_empty() {
        return true;
    }
    let Some(name) = row.get(&fields.name).and_then(Lenient::as_ref) else { return false };
    name.entries().any(|entry| {
        let by_id = fields.name_id.as_ref().zip(entry.id()).is_some_and(|(ours, id)| ours.as_str() == id);
        by_id || entry.texts().into_iter().any(|text| text.eq_ignore_ascii_case(fields.name_value.trim()))
    })
}

fn is_since(fields: &ResultFields, row: &Row, since: Timestamp) -> bool {
    fields.date.is_empty() || text(row, &fields.date).and_then(read).is_some_and(|at| at >= since)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2025-01-15 14:30:59 UTC.
    const AT: Timestamp = Timestamp::from_s(1_736_951_459);

    fn view() -> View {
        View {
            status: RowStatus::Complete,
            date: AT,
            result: "Complete, 3 of 3 references".to_owned(),
            notes: "The report is ready: open the link.".to_owned(),
            url: Link::parse("https://app.crosschq.com/r/1"),
            score: Some(87.5),
        }
    }

    #[test]
    fn a_view_becomes_the_documented_row() {
        assert_eq!(
            body(&ResultFields::default(), &view()),
            json!({
                "assessmentname": {"value": "Crosschq 360"},
                "assessmentstatus": {"id": "D37002019001"},
                "assessmentdate": "2025-01-15 02:30 PM",
                "assessmentscore": 87.5,
                "assessmentresult": "Complete, 3 of 3 references",
                "assessmentnotes": "The report is ready: open the link.",
                "assessmenturl": "https://app.crosschq.com/r/1",
            })
        );
    }

    #[test]
    fn what_has_no_field_or_no_value_is_left_out_and_a_known_id_is_sent() {
        let fields = ResultFields {
            name_id: Some(StatusId::parse("C31649").unwrap()),
            notes: String::new(),
            ..ResultFields::default()
        };
        let row = body(&fields, &View { url: None, score: Some(f64::NAN), ..view() });
        assert_eq!(row["assessmentname"], json!({"id": "C31649"}));
        for absent in ["", "assessmentnotes", "assessmenturl", "assessmentscore"] {
            assert!(row.get(absent).is_none(), "{absent:?}");
        }
    }

    #[test]
    fn texts_are_cut_at_the_customers_limits_on_a_character_boundary() {
        let long = View { result: "é".repeat(300), notes: "日".repeat(300), ..view() };
        let row = body(&ResultFields::default(), &long);
        assert_eq!(row["assessmentresult"].as_str().unwrap(), "é".repeat(128));
        assert_eq!(row["assessmentnotes"].as_str().unwrap(), "日".repeat(192));
    }

    #[test]
    fn noon_and_midnight_are_twelve_on_the_right_side() {
        for (s, text) in [
            (1_736_899_200, "2025-01-15 12:00 AM"),
            (1_736_942_400, "2025-01-15 12:00 PM"),
            (1_458_878_400, "2016-03-25 04:00 AM"),
        ] {
            assert_eq!(written(Timestamp::from_s(s)).as_deref(), Some(text));
            assert_eq!(read(text), Some(Timestamp::from_s(s)));
        }
        assert!(read("2025-01-15 02:30 pm").is_some());
        assert!(read("2025-01-15").unwrap() > AT);
        assert_eq!(read("yesterday"), None);
    }

    #[test]
    fn the_entry_is_the_last_segment_of_a_location_of_any_form() {
        let entry = |location: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("location", location.parse().unwrap());
            entry_of(&headers).map(String::from)
        };
        let path = "api.icims.com/customers/1234/applicantworkflows/13/fields/assessmentresults";
        for full in [format!("https://{path}/1001"), format!("{path}/1001"), format!("/x/{path}/1001/")] {
            assert_eq!(entry(&full).as_deref(), Some("1001"), "{full}");
        }
        for none in [path, "", "https://api.icims.com"] {
            assert_eq!(entry(none), None, "{none}");
        }
        assert_eq!(entry_of(&HeaderMap::new()), None);
    }

    #[test]
    fn our_latest_row_is_found_among_other_vendors_and_older_ones() {
        let row = |entry: &str, name: &str, date: &str| {
            format!(r#"{{"entry":{entry},"assessmentname":{name},"assessmentdate":"{date}"}}"#)
        };
        let ours = r#"{"id":"C9","value":"crosschq 360"}"#;
        let rows = [
            row("1001", ours, "2025-01-15 02:29 PM"),
            row("1002", ours, "2025-01-15 02:30 PM"),
            row(r#""1003""#, r#"[{"formattedvalue":"Crosschq 360"}]"#, "2025-01-15 02:31 PM"),
            row("1004", r#"{"value":"Other vendor"}"#, "2025-01-15 02:32 PM"),
            r#"{"entry":1005,"assessmentname":{"value":"Crosschq 360"}}"#.to_owned(),
            "7".to_owned(),
        ];
        let found_beside = |fields: &ResultFields, rows: &[String], held: &[EntryId]| {
            let workflow = format!(r#"{{"assessmentresults":[{}]}}"#, rows.join(","));
            latest(fields, workflow.as_bytes(), AT, held).unwrap().map(String::from)
        };
        let found = |fields: &ResultFields, rows: &[String]| found_beside(fields, rows, &[]);
        let fields = ResultFields::default();
        assert_eq!(found(&fields, &rows).as_deref(), Some("1003"));
        let held = [EntryId::parse("1003").unwrap()];
        assert_eq!(found_beside(&fields, &rows, &held).as_deref(), Some("1002"), "1003 is another check's");
        assert_eq!(found(&fields, &rows[..2]).as_deref(), Some("1002"));
        assert_eq!(found(&fields, &rows[..1]), None);
        let by_id = ResultFields {
            name_id: Some(StatusId::parse("C9").unwrap()),
            name_value: "renamed".to_owned(),
            ..ResultFields::default()
        };
        assert_eq!(found(&by_id, &rows).as_deref(), Some("1002"));
        assert_eq!(latest(&fields, b"{}", AT, &[]), Some(None));
        assert_eq!(latest(&fields, b"<html>", AT, &[]), None);
    }
}
