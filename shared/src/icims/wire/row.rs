//! A row of the result collection: written from a [`View`], and found again by its marker (docs/vendors/icims.md §4.3,
//! §4.4). Field names and lengths are the customer's.

use std::collections::HashMap;

use http::HeaderMap;
use serde_json::{Map, Value, json};
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Date, PrimitiveDateTime};

use super::node::{Choice, Entry};
use crate::domain::{EntryId, Link, ResultFields, RowMarker, RowStatus, StatusId, Timestamp, View};
use crate::icims::lenient::{Lenient, Text, last_segment, object};

/// `yyyy-MM-dd hh:mm a`, in UTC.
const MINUTE: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour repr:12]:[minute] [period case:upper case_sensitive:false]");
const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// The row that shows a view, as it is written. What has no field name or no value is left out: a PATCH then keeps what stands there.
pub fn body(fields: &ResultFields, view: &View) -> Value {
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
        (&fields.result, Some(Value::from(result_text(fields, view)))),
        (&fields.notes, Some(Value::from(notes_text(fields, view)))),
        (&fields.url, view.url.as_ref().map(|url| Value::from(Link::expose(url)))),
    ]
    .into_iter()
    .filter(|(field, _)| !field.is_empty())
    .filter_map(|(field, value)| Some((field.clone(), value?)))
    .collect();
    Value::Object(row)
}

fn node(fields: &ResultFields, status: RowStatus) -> &StatusId {
    match status {
        RowStatus::Sent => &fields.sent,
        RowStatus::InProgress => &fields.in_progress,
        RowStatus::Complete => &fields.complete,
        RowStatus::Incomplete => &fields.incomplete,
    }
}

fn cut(text: &str, max_chars: usize) -> String {
    text.chars().take(max_chars).collect()
}

/// As iCIMS writes a moment: to the minute, in UTC (docs/vendors/icims.md §3.2).
pub fn written(at: Timestamp) -> Option<String> {
    at.utc().format(MINUTE).ok()
}

/// When a row says it was written; a date without time counts as the end of its day.
pub fn read(date: &str) -> Option<Timestamp> {
    let minute = PrimitiveDateTime::parse(date, MINUTE).ok();
    let whole_day = || Date::parse(date, DAY).ok()?.with_hms(23, 59, 0).ok();
    minute.or_else(whole_day).map(|at| Timestamp::from(at.assume_utc()))
}

/// The entry that a creation's `Location` names; nothing if it names none (docs/vendors/icims.md §4.3).
pub(in crate::icims) fn entry_of(headers: &HeaderMap) -> Option<EntryId> {
    let last = last_segment(headers.get("location")?.to_str().ok()?)?;
    let numeric = last.bytes().all(|byte| byte.is_ascii_digit());
    // Without an entry the last segment is the collection's name.
    if numeric { EntryId::parse(last).ok() } else { None }
}

/// The row that bears a marker: at the end of its notes, or of its result where the collection has no field for notes. Of
/// several the latest.
pub(in crate::icims) fn marked(fields: &ResultFields, workflow: &[u8], marker: &RowMarker) -> Option<Option<EntryId>> {
    let all: HashMap<String, Lenient<Vec<Lenient<Row>>>> = object(workflow)?;
    let rows = all.get(&fields.collection).and_then(Lenient::as_ref).map(Vec::as_slice).unwrap_or_default();
    let field = if fields.notes.is_empty() { &fields.result } else { &fields.notes };
    let bears = |row: &&Row| text(row, field).is_some_and(|text| text.trim_end().ends_with(marker.as_str()));
    let marked = rows.iter().filter_map(Lenient::as_ref).filter(bears);
    let entry = marked.filter_map(|row| text(row, "entry")?.parse::<u64>().ok()).max();
    Some(entry.and_then(|entry| EntryId::parse(entry.to_string()).ok()))
}

/// The short result as it is written.
fn result_text(fields: &ResultFields, view: &View) -> String {
    if fields.notes.is_empty() {
        with_marker(&view.result, &view.marker, fields.result_max_chars)
    } else {
        cut(&view.result, fields.result_max_chars)
    }
}

/// The note as it is written.
fn notes_text(fields: &ResultFields, view: &View) -> String {
    with_marker(&view.notes, &view.marker, fields.notes_max_chars)
}

/// A text with the row's marker behind it. The text is cut where both are too long.
fn with_marker(sentence: &str, marker: &RowMarker, max_chars: usize) -> String {
    let marker = marker.as_str();
    let room = max_chars.saturating_sub(marker.chars().count() + 1);
    cut(format!("{} {marker}", cut(sentence, room)).trim_start(), max_chars)
}

type Row = HashMap<String, Lenient<Choice>>;

fn text<'a>(row: &'a Row, field: &str) -> Option<&'a str> {
    match row.get(field)?.as_ref()? {
        Choice::One(Entry::Text(text)) => Some(Text::as_str(text)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CheckKey;

    /// 2025-01-15 14:30:59 UTC.
    const AT: Timestamp = Timestamp::from_s(1_736_951_459);

    fn marker(attempt: u32) -> RowMarker {
        let key = CheckKey { customer: "1234".parse().unwrap(), workflow: "13".parse().unwrap(), attempt };
        RowMarker::of(&key)
    }

    fn view() -> View {
        View {
            status: RowStatus::Complete,
            date: AT,
            result: "Complete, 3 of 3 references".to_owned(),
            notes: "The report is ready: open the link.".to_owned(),
            marker: marker(1),
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
                "assessmentnotes": "The report is ready: open the link. Ref 13-1",
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
        let notes = format!("{} Ref 13-1", "日".repeat(192 - " Ref 13-1".len()));
        assert_eq!(row["assessmentnotes"].as_str().unwrap(), notes, "the marker stays whole");
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
    fn a_row_is_found_by_its_marker_alone() {
        let rows = [
            r#"{"entry":1001,"assessmentnotes":"Crosschq has invited the candidate. Ref 13-1"}"#,
            r#"{"entry":"1002","assessmentnotes":"Something of another vendor"}"#,
            r#"{"entry":1003,"assessmentnotes":"The reference request expired. Ref 13-12 "}"#,
            r#"{"entry":1004}"#,
            "7",
        ];
        let workflow = format!(r#"{{"assessmentresults":[{}]}}"#, rows.join(","));
        let fields = ResultFields::default();
        let found = |attempt| marked(&fields, workflow.as_bytes(), &marker(attempt)).unwrap().map(String::from);
        assert_eq!(found(1).as_deref(), Some("1001"));
        assert_eq!(found(12).as_deref(), Some("1003"));
        assert_eq!(found(2), None, "another check's row is not taken");
        assert_eq!(marked(&fields, b"{}", &marker(1)), Some(None));
        assert_eq!(marked(&fields, b"<html>", &marker(1)), None);
    }

    #[test]
    fn where_there_is_no_field_for_notes_the_result_bears_the_marker() {
        let fields = ResultFields { notes: String::new(), ..ResultFields::default() };
        let row = body(&fields, &view());
        assert_eq!(row["assessmentresult"], json!("Complete, 3 of 3 references Ref 13-1"));
        let workflow = json!({"assessmentresults": [{"entry": 5, "assessmentresult": row["assessmentresult"]}]});
        let found = marked(&fields, workflow.to_string().as_bytes(), &marker(1));
        assert_eq!(found.unwrap().map(String::from).as_deref(), Some("5"));
    }
}
