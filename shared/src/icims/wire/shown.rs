//! Our rows as they stand on the Screen tab: what an operator compares with what should stand there.

use std::collections::HashMap;

use serde_json::Value;

use super::row::{self, MINUTE_MS, Row, is_ours, node, notes_text, read, result_text};
use crate::domain::{EntryId, Link, ResultFields, RowStatus, Timestamp, View};
use crate::icims::lenient::{Lenient, object};

/// A row of ours, as iCIMS tells it. Recruiters may have edited it, so its texts are not for logs and it has no `Debug`.
pub struct ShownRow {
    /// Its entry.
    pub entry: EntryId,
    /// Its status, if it is one of our four.
    pub status: Option<RowStatus>,
    /// Its date, to the minute.
    pub date: Option<Timestamp>,
    /// Its short result.
    pub result: Option<String>,
    /// Its note.
    pub notes: Option<String>,
    /// Its link.
    pub link: Option<Link>,
    /// Its score.
    pub score: Option<f64>,
}

impl ShownRow {
    /// Which of `status`, `date`, `result`, `notes`, `link` and `score` are not as the view wants them. What the view
    /// leaves out, and what the customer has no field for, is never written and does not count.
    pub fn differs_from(&self, fields: &ResultFields, view: &View) -> Vec<&'static str> {
        let minute = |at: Timestamp| at.ms().div_euclid(MINUTE_MS);
        let text = |shown: &Option<String>, wanted: String| shown.as_deref().unwrap_or_default() != wanted.trim();
        [
            ("status", &fields.status, self.status != Some(view.status)),
            ("date", &fields.date, self.date.map(minute) != Some(minute(view.date))),
            ("result", &fields.result, text(&self.result, result_text(fields, view))),
            ("notes", &fields.notes, text(&self.notes, notes_text(fields, view))),
            ("link", &fields.url, view.url.is_some() && self.link != view.url),
            ("score", &fields.score, view.score.is_some_and(f64::is_finite) && self.score != view.score),
        ]
        .into_iter()
        .filter(|(_, field, differs)| *differs && !field.is_empty())
        .map(|(name, ..)| name)
        .collect()
    }
}

/// The rows that bear our name, oldest entry first; nothing if the answer is no workflow.
pub(in crate::icims) fn rows(fields: &ResultFields, workflow: &[u8]) -> Option<Vec<ShownRow>> {
    let mut all: HashMap<String, Value> = object(workflow)?;
    let rows = all.remove(&fields.collection);
    let rows = rows.as_ref().and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut shown: Vec<ShownRow> = rows.iter().filter_map(|row| shown(fields, row)).collect();
    shown.sort_by_key(|row| row.entry.as_str().parse::<u64>().unwrap_or(u64::MAX));
    Some(shown)
}

fn shown(fields: &ResultFields, told: &Value) -> Option<ShownRow> {
    let row: Row = serde_json::from_value::<HashMap<String, Lenient<_>>>(told.clone()).ok()?;
    if !is_ours(fields, &row) {
        return None;
    }
    let text = |field: &str| row::text(&row, field).map(str::to_owned);
    let status = row.get(&fields.status).and_then(Lenient::as_ref).and_then(|status| {
        let ids: Vec<&str> = status.entries().filter_map(|entry| entry.id()).collect();
        [RowStatus::Sent, RowStatus::InProgress, RowStatus::Complete, RowStatus::Incomplete]
            .into_iter()
            .find(|&status| ids.contains(&node(fields, status).as_str()))
    });
    Some(ShownRow {
        entry: EntryId::parse(text("entry")?).ok()?,
        status,
        date: text(&fields.date).and_then(|date| read(&date)),
        result: text(&fields.result),
        notes: text(&fields.notes),
        link: text(&fields.url).and_then(|link| Link::parse(&link)),
        score: told.get(&fields.score).and_then(number),
    })
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CheckKey, RowMarker};

    /// 2025-01-15 14:30:59 UTC.
    const AT: Timestamp = Timestamp::from_s(1_736_951_459);

    fn view() -> View {
        View {
            status: RowStatus::Complete,
            date: AT,
            result: "Complete, 3 of 3 references".to_owned(),
            notes: "The report is ready: open the link.".to_owned(),
            marker: RowMarker::of(&CheckKey {
                customer: "1234".parse().unwrap(),
                workflow: "13".parse().unwrap(),
                attempt: 1,
            }),
            url: Link::parse("https://app.crosschq.com/r/1"),
            score: Some(87.5),
        }
    }

    fn told(change: impl FnOnce(&mut Value)) -> Vec<ShownRow> {
        let fields = ResultFields::default();
        let mut row = row::body(&fields, &view());
        row["entry"] = 1001.into();
        row["assessmentstatus"]["value"] = "Complete".into();
        change(&mut row);
        let other = serde_json::json!({"entry": 1000, "assessmentname": {"value": "Other vendor"}});
        rows(&fields, serde_json::json!({ "assessmentresults": [row, other] }).to_string().as_bytes()).unwrap()
    }

    #[test]
    fn what_we_write_is_read_back_as_no_different_and_other_vendors_are_passed_over() {
        let rows = told(|_| {});
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].entry.as_str(), "1001");
        assert!(rows[0].differs_from(&ResultFields::default(), &view()).is_empty());
    }

    #[test]
    fn each_part_that_differs_is_named() {
        let fields = ResultFields::default();
        for (field, value, name) in [
            ("assessmentstatus", serde_json::json!({"id": "D37002019004"}), "status"),
            ("assessmentdate", "2025-01-15 02:31 PM".into(), "date"),
            ("assessmentresult", "Sent".into(), "result"),
            ("assessmentnotes", "edited".into(), "notes"),
            ("assessmenturl", "https://elsewhere.example".into(), "link"),
            ("assessmentscore", "12".into(), "score"),
        ] {
            let rows = told(|row| row[field] = value);
            assert_eq!(rows[0].differs_from(&fields, &view()), [name]);
        }
    }

    #[test]
    fn what_the_view_leaves_out_or_the_customer_has_no_field_for_does_not_count() {
        let rows = told(|row| row["assessmentnotes"] = "edited".into());
        let fields = ResultFields { notes: String::new(), ..ResultFields::default() };
        let rows = rows
            .into_iter()
            .map(|row| ShownRow { result: Some("Complete, 3 of 3 references Ref 13-1".to_owned()), ..row });
        let rows: Vec<ShownRow> = rows.collect();
        let early = View { url: None, score: None, ..view() };
        assert!(rows[0].differs_from(&fields, &early).is_empty());
    }

    #[test]
    fn an_answer_that_is_no_workflow_is_told_from_one_without_rows() {
        assert!(rows(&ResultFields::default(), b"<html>").is_none());
        assert!(rows(&ResultFields::default(), b"{}").unwrap().is_empty());
    }
}
