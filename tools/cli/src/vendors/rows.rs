//! Our rows as they stand on the Screen tab: what an operator compares with what should stand there. The functions never
//! ask: what they wrote last is on record.

use connector_core::domain::{Customer, EntryId, Link, ResultFields, RowStatus, Timestamp, View, WorkflowId};
use connector_core::icims::{Icims, read_date, row_json};
use connector_core::ports::AtsError;
use serde_json::Value;

use super::json::{entries, node_id, object, text, texts};
use super::platform::unreadable;

/// A row of ours, as iCIMS shows it. Recruiters may have edited it, so its texts are not for logs and it has no `Debug`.
pub(crate) struct ShownRow {
    pub(crate) entry: EntryId,
    /// Its status, if it is one of our four.
    pub(crate) status: Option<RowStatus>,
    /// Its date, to the minute.
    pub(crate) date: Option<Timestamp>,
    pub(crate) result: Option<String>,
    pub(crate) notes: Option<String>,
    pub(crate) link: Option<Link>,
    pub(crate) score: Option<f64>,
}

impl ShownRow {
    /// Which of `status`, `date`, `result`, `notes`, `link` and `score` are not as the view wants them. What the view
    /// leaves out, and what the customer has no field for, is never written and does not count.
    pub(crate) fn differs_from(&self, fields: &ResultFields, view: &View) -> Vec<&'static str> {
        let row = row_json(fields, view);
        let wanted = |field: &str| row[field].as_str().unwrap_or_default().trim().to_owned();
        let shown = |text: &Option<String>| text.clone().unwrap_or_default();
        [
            ("status", &fields.status, self.status != Some(view.status)),
            ("date", &fields.date, self.date != read_date(&wanted(&fields.date))),
            ("result", &fields.result, shown(&self.result) != wanted(&fields.result)),
            ("notes", &fields.notes, shown(&self.notes) != wanted(&fields.notes)),
            ("link", &fields.url, view.url.is_some() && self.link != view.url),
            ("score", &fields.score, view.score.is_some_and(f64::is_finite) && self.score != view.score),
        ]
        .into_iter()
        .filter(|(_, field, differs)| *differs && !field.is_empty())
        .map(|(name, ..)| name)
        .collect()
    }
}

/// The rows of ours on a workflow's Screen tab, oldest first. One call.
pub(crate) async fn rows(icims: &Icims, customer: &Customer, workflow: &WorkflowId) -> Result<Vec<ShownRow>, AtsError> {
    let fields = &customer.settings.icims.result;
    let path = ["applicantworkflows", workflow.as_str()];
    let body = icims.get(customer, "rows", &path, &[&fields.collection]).await?;
    read(fields, &body).ok_or_else(|| unreadable("rows"))
}

/// The rows that bear our name, oldest entry first; nothing if the answer is no workflow.
fn read(fields: &ResultFields, workflow: &[u8]) -> Option<Vec<ShownRow>> {
    let workflow = object(workflow)?;
    let rows = workflow.get(&fields.collection).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut shown: Vec<ShownRow> = rows.iter().filter_map(|row| shown(fields, row)).collect();
    shown.sort_by_key(|row| row.entry.as_str().parse::<u64>().unwrap_or(u64::MAX));
    Some(shown)
}

fn shown(fields: &ResultFields, row: &Value) -> Option<ShownRow> {
    let of = |field: &str| text(row.get(field)?);
    let statuses: Vec<String> = row.get(&fields.status).into_iter().flat_map(entries).filter_map(node_id).collect();
    let known = [
        (RowStatus::Sent, &fields.sent),
        (RowStatus::InProgress, &fields.in_progress),
        (RowStatus::Complete, &fields.complete),
        (RowStatus::Incomplete, &fields.incomplete),
    ];
    let status = known.into_iter().find(|(_, id)| statuses.iter().any(|status| status == id.as_str()));
    is_ours(fields, row).then_some(())?;
    Some(ShownRow {
        entry: EntryId::parse(of("entry")?).ok()?,
        status: status.map(|(status, _)| status),
        date: of(&fields.date).and_then(|date| read_date(&date)),
        result: of(&fields.result),
        notes: of(&fields.notes),
        link: of(&fields.url).and_then(|link| Link::parse(&link)),
        score: row.get(&fields.score).and_then(|score| score.as_f64().or_else(|| score.as_str()?.trim().parse().ok())),
    })
}

/// Whether a row bears our name. A collection without a name field is ours alone.
fn is_ours(fields: &ResultFields, row: &Value) -> bool {
    let is_our_name = |name: &Value| {
        fields.name_id.as_ref().is_some_and(|ours| node_id(name).as_deref() == Some(ours.as_str()))
            || texts(name).iter().any(|text| text.eq_ignore_ascii_case(fields.name_value.trim()))
    };
    fields.name.is_empty() || row.get(&fields.name).is_some_and(|name| entries(name).iter().any(is_our_name))
}

#[cfg(test)]
mod tests {
    use connector_core::domain::{CheckKey, RowMarker};

    use super::*;

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

    fn shown_after(change: impl FnOnce(&mut Value)) -> Vec<ShownRow> {
        let fields = ResultFields::default();
        let mut row = row_json(&fields, &view());
        row["entry"] = 1001.into();
        row["assessmentstatus"]["value"] = "Complete".into();
        change(&mut row);
        let other = serde_json::json!({"entry": 1000, "assessmentname": {"value": "Other vendor"}});
        read(&fields, serde_json::json!({ "assessmentresults": [row, other] }).to_string().as_bytes()).unwrap()
    }

    #[test]
    fn what_we_write_is_read_back_as_no_different_and_other_vendors_are_passed_over() {
        let rows = shown_after(|_| {});
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
            let rows = shown_after(|row| row[field] = value);
            assert_eq!(rows[0].differs_from(&fields, &view()), [name]);
        }
    }

    #[test]
    fn what_the_view_leaves_out_or_the_customer_has_no_field_for_does_not_count() {
        let rows = shown_after(|row| row["assessmentnotes"] = "edited".into());
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
        assert!(read(&ResultFields::default(), b"<html>").is_none());
        assert!(read(&ResultFields::default(), b"{}").unwrap().is_empty());
    }
}
