//! Reading the event: which customer, what kind, which ids. Keys are camelCase and every scalar is a text wherever
//! seen, still numbers are taken too (docs/vendors/icims.md §2.2, §2.3).

use std::str::FromStr;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Body;
use crate::domain::{CustomerId, InvalidId, StatusChanged};
use crate::failure::Failure;
use crate::icims::lenient::{Lenient, Text, last_segment, object};

/// The event type of status changes; compared without regard to case, for its own spelling invites mistakes.
const STATUS_CHANGE: &str = "WorkFlowStatusChangeEvent";

/// What iCIMS reported. A hint: nothing but the ids is to be relied upon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A recruiting workflow moved to another status.
    StatusChanged(StatusChanged),
    Other {
        /// Its type: letters and digits only, at most 40, so that it may be logged.
        event_type: String,
    },
}

#[derive(Deserialize)]
struct OnlyCustomer {
    #[serde(rename = "customerId", default)]
    customer: Lenient<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(default)]
    event_type: Lenient<Text>,
    #[serde(default)]
    system_id: Lenient<Text>,
    #[serde(default)]
    person_id: Lenient<Text>,
    #[serde(default)]
    job_id: Lenient<Text>,
    #[serde(default)]
    user_id: Lenient<Text>,
    #[serde(default)]
    new_status: Lenient<Text>,
    #[serde(default)]
    old_status: Lenient<Text>,
    #[serde(default)]
    links: Lenient<Vec<Lenient<WireLink>>>,
}

#[derive(Deserialize)]
struct WireLink {
    rel: String,
    url: String,
}

/// The customer that a body claims to come from: to be proven before anything else of it is believed.
///
/// # Errors
/// [`Failure::Poison`] if it is no JSON object or has no usable `customerId`.
pub fn customer_of(body: &Body) -> Result<CustomerId, Failure> {
    let wire: OnlyCustomer = json(body)?;
    required("customerId", &wire.customer)
}

/// Reads an event.
///
/// # Errors
/// [`Failure::Poison`] naming the field if it is no JSON object, has no `eventType`, or is a status change without a
/// usable `systemId` or `newStatus`.
pub fn parse(body: &Body) -> Result<Event, Failure> {
    let wire: Wire = json(body)?;
    let Some(event_type) = wire.event_type.text() else {
        return Err(missing("eventType"));
    };
    if !event_type.eq_ignore_ascii_case(STATUS_CHANGE) {
        return Ok(Event::Other { event_type: loggable(event_type) });
    }
    Ok(Event::StatusChanged(StatusChanged {
        workflow: required("systemId", &wire.system_id)?,
        person: optional(&wire.person_id).or_else(|| linked(&wire, "person")),
        requisition: optional(&wire.job_id).or_else(|| linked(&wire, "job")),
        acting_user: optional(&wire.user_id).or_else(|| linked(&wire, "user")),
        new_status: required("newStatus", &wire.new_status)?,
        old_status: optional(&wire.old_status),
    }))
}

fn json<T: DeserializeOwned>(body: &Body) -> Result<T, Failure> {
    object(body.plain()).ok_or_else(|| Failure::poison("the body is no JSON object of an event"))
}

fn missing(field: &str) -> Failure {
    Failure::poison(format!("{field} is missing or no text or number"))
}

fn required<T: FromStr<Err = InvalidId>>(field: &str, value: &Lenient<Text>) -> Result<T, Failure> {
    let text = value.text().ok_or_else(|| missing(field))?;
    text.parse().map_err(|invalid| Failure::poison(format!("{field}: {invalid}")))
}

fn optional<T: FromStr>(value: &Lenient<Text>) -> Option<T> {
    value.text().and_then(|text| text.parse().ok())
}

/// The id at the end of the link with this `rel`. The link itself is never followed: it is the sender's word.
fn linked<T: FromStr>(wire: &Wire, rel: &str) -> Option<T> {
    let links = wire.links.as_ref()?;
    let link = links.iter().filter_map(Lenient::as_ref).find(|link| link.rel.eq_ignore_ascii_case(rel))?;
    last_segment(&link.url).and_then(|segment| segment.parse().ok())
}

fn loggable(event_type: &str) -> String {
    let clean: String = event_type.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    if clean.is_empty() { "unreadable".to_owned() } else { clean }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{RECORDED, body, gzip};
    use super::*;
    use crate::domain::{PersonId, RequisitionId, StatusId, WorkflowId};

    fn recorded_as(json: &str) -> Event {
        parse(&body(json.as_bytes())).unwrap()
    }

    #[test]
    fn the_recorded_push_is_read_plain_and_zipped() {
        for bytes in [RECORDED.as_bytes().to_vec(), gzip(RECORDED.as_bytes())] {
            let body = body(&bytes);
            assert_eq!(customer_of(&body).unwrap().as_str(), "2187");
            assert_eq!(
                parse(&body).unwrap(),
                Event::StatusChanged(StatusChanged {
                    workflow: WorkflowId::parse("13437").unwrap(),
                    person: Some(PersonId::parse("8986").unwrap()),
                    requisition: Some(RequisitionId::parse("4442").unwrap()),
                    acting_user: Some(PersonId::parse("9059").unwrap()),
                    new_status: StatusId::parse("20786").unwrap(),
                    old_status: Some(StatusId::parse("1753").unwrap()),
                })
            );
        }
    }

    #[test]
    fn ids_as_numbers_and_another_case_of_the_type_mean_the_same() {
        let numbers = RECORDED
            .replace(r#""13437","#, "13437,")
            .replace(r#""2187""#, "2187")
            .replace(r#""20786""#, "20786")
            .replace("WorkFlowStatus", "WorkflowStatus");
        assert_eq!(recorded_as(&numbers), recorded_as(RECORDED));
    }

    #[test]
    fn ids_that_are_absent_are_taken_from_the_links_by_rel() {
        let bare = RECORDED.replace("personId", "x").replace("userId", "y").replace("jobId", "z");
        let Event::StatusChanged(StatusChanged { person, requisition, acting_user, .. }) = recorded_as(&bare) else {
            panic!()
        };
        assert_eq!(person.unwrap().as_str(), "9166");
        assert_eq!(requisition.unwrap().as_str(), "4442");
        assert_eq!(acting_user.unwrap().as_str(), "9059");
    }

    #[test]
    fn odd_optional_parts_are_absent_and_never_an_error() {
        let json = r#"{"eventType":"WorkFlowStatusChangeEvent","customerId":1,"systemId":2,"newStatus":"C3",
            "links":[7,{"rel":"job"},{"rel":"person","url":"https://x/people/a b"}],"jobId":{},"oldStatus":[],"new":1}"#;
        let Event::StatusChanged(StatusChanged { person, requisition, old_status, .. }) = recorded_as(json) else {
            panic!()
        };
        assert_eq!((person, requisition, old_status), (None, None, None));
    }

    #[test]
    fn a_status_change_that_lacks_an_id_is_poison_and_says_which() {
        for field in ["customerId", "systemId", "newStatus", "eventType"] {
            let body = body(RECORDED.replace(field, "other").as_bytes());
            let failure = customer_of(&body).and_then(|_| parse(&body)).unwrap_err();
            assert!(matches!(&failure, Failure::Poison { why } if why.contains(field)), "{failure}");
        }
        let outside = RECORDED.replace(r#""13437","#, r#""../people/1","#);
        let failure = parse(&body(outside.as_bytes())).unwrap_err();
        assert!(failure.to_string().contains("systemId") && !failure.to_string().contains("people"), "{failure}");
    }

    #[test]
    fn other_events_are_told_by_a_name_that_is_safe_to_log() {
        let other = |kind: &str| recorded_as(&format!(r#"{{"eventType":"{kind}"}}"#));
        assert_eq!(other("RemoteLoginEvent"), Event::Other { event_type: "RemoteLoginEvent".to_owned() });
        assert_eq!(other("a\\nb: jane@example.com"), Event::Other { event_type: "abjaneexamplecom".to_owned() });
        assert_eq!(other("??"), Event::Other { event_type: "unreadable".to_owned() });
    }

    #[test]
    fn what_is_no_json_object_is_poison_without_quoting_it() {
        for bad in ["Ada Lovelace", "[1]", r#"{"customerId":"2187","customerId":"6268"}"#] {
            let failure = customer_of(&body(bad.as_bytes())).unwrap_err();
            assert!(matches!(&failure, Failure::Poison { why } if !why.contains("Ada")), "{failure}");
        }
    }
}
