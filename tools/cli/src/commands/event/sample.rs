//! The event to send: a plain body or one inside a Lambda payload, with ids replaced as the operator asks.

use bytes::Bytes;
use connector_core::domain::CustomerId;
use connector_core::icims::inbound::{Body, Event, customer_of, parse};
use serde_json::{Map, Value};

use crate::arguments::event::Send;
use crate::failure::CliError;
use crate::terminal::input;

/// An event that is ready to be sent.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) body: Vec<u8>,
    pub(super) customer: CustomerId,
    pub(super) event: Event,
}

/// Reads the file and puts the operator's ids in.
///
/// # Errors
/// If the file is not there or holds no event, or what is left names no customer: the key is named.
pub(super) async fn read(args: &Send) -> Result<Sample, CliError> {
    let text = input::read(&args.file).await.map_err(|error| {
        CliError::input(format!("{}: {error}", input::name(&args.file)))
            .fix("give a file with an event's JSON, e.g. events/icims-webhook.json, or - for standard input")
    })?;
    from_bytes(text.into(), args)
}

fn from_bytes(bytes: Bytes, args: &Send) -> Result<Sample, CliError> {
    let mut event = object(bytes)?;
    if let Some(Value::String(inner)) = event.get("body")
        && (event.contains_key("rawPath") || event.contains_key("requestContext"))
    {
        event = object(Bytes::from(inner.clone()))?;
    }
    replace(&mut event, args);
    let body = Value::Object(event).to_string().into_bytes();
    let decoded = Body::decode(Bytes::from(body.clone())).map_err(|failure| no_event(&failure.to_string()))?;
    let customer = customer_of(&decoded).map_err(|failure| {
        no_event(&failure.to_string()).fix("name the customer with --customer, or a customerId in the file")
    })?;
    let event = parse(&decoded).map_err(|failure| no_event(&failure.to_string()))?;
    Ok(Sample { body, customer, event })
}

fn object(bytes: Bytes) -> Result<Map<String, Value>, CliError> {
    let body = Body::decode(bytes).map_err(|failure| no_event(&failure.to_string()))?;
    match serde_json::from_slice(body.plain()) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(no_event("not a JSON object")),
    }
}

fn no_event(why: &str) -> CliError {
    CliError::input(format!("not an event notification: {why}"))
        .fix("the samples events/icims-webhook*.json hold one each; compare with them")
}

fn replace(event: &mut Map<String, Value>, args: &Send) {
    let text = |id: Option<&str>| id.map(|id| Value::String(id.to_owned()));
    let ids = [
        ("customerId", text(args.customer.as_ref().map(|id| id.as_str())), ""),
        ("systemId", text(args.workflow.as_ref().map(|id| id.as_str())), "applicantWorkflow"),
        ("personId", text(args.person.as_ref().map(|id| id.as_str())), "person"),
        ("jobId", text(args.job.as_ref().map(|id| id.as_str())), "job"),
        ("newStatus", text(args.status.as_ref().map(|id| id.as_str())), ""),
    ];
    let customer = args.customer.as_ref().map(|id| id.as_str());
    for (key, id, rel) in ids {
        let Some(id) = id else { continue };
        if let (Some(links), Value::String(id)) = (event.get_mut("links").and_then(Value::as_array_mut), &id) {
            for link in links.iter_mut().filter(|link| link["rel"] == rel) {
                relink(link, None, Some(id));
            }
        }
        event.insert(key.to_owned(), id);
    }
    for link in event.get_mut("links").and_then(Value::as_array_mut).into_iter().flatten() {
        relink(link, customer, None);
    }
}

/// Puts another customer or id into `https://…/customers/<customer>/<kind>/<id>`; any other address stays.
fn relink(link: &mut Value, customer: Option<&str>, id: Option<&str>) {
    let Some((base, rest)) = link["url"].as_str().and_then(|url| url.split_once("/customers/")) else { return };
    let [old_customer, kind, old_id] = rest.split('/').collect::<Vec<_>>()[..] else { return };
    let url = format!("{base}/customers/{}/{kind}/{}", customer.unwrap_or(old_customer), id.unwrap_or(old_id));
    link["url"] = Value::String(url);
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::arguments::event::Verb;
    use crate::arguments::{Cli, Command};

    const SAMPLES: [&str; 2] = [
        include_str!("../../../../../events/icims-webhook.json"),
        include_str!("../../../../../events/icims-webhook-gzip.json"),
    ];

    fn read(bytes: &str, options: &[&str]) -> Result<Sample, CliError> {
        let line = ["connector", "event", "send", "-"].iter().chain(options);
        let Command::Event(Verb::Send(args)) = Cli::try_parse_from(line).unwrap().command else { panic!() };
        from_bytes(Bytes::copy_from_slice(bytes.as_bytes()), &args)
    }

    #[test]
    fn a_lambda_payload_a_compressed_one_and_a_plain_body_are_the_same_event() {
        let [plain, zipped] = SAMPLES.map(|sample| read(sample, &[]).unwrap());
        let body = std::str::from_utf8(&plain.body).unwrap();
        for other in [&zipped, &read(body, &[]).unwrap()] {
            assert_eq!((&other.customer, &other.event), (&plain.customer, &plain.event));
        }
    }

    #[test]
    fn the_operators_ids_replace_those_of_the_file_in_its_links_too() {
        let options = ["--customer", "1234", "--workflow", "77", "--person", "78", "--job", "79", "--status", "C38356"];
        let sample = read(SAMPLES[0], &options).unwrap();
        assert_eq!(sample.customer.as_str(), "1234");
        let Event::StatusChanged(change) = sample.event else { panic!("{:?}", sample.event) };
        assert_eq!((change.workflow.as_str(), change.new_status.as_str()), ("77", "C38356"));
        assert_eq!(change.person.unwrap().as_str(), "78");
        assert_eq!(change.requisition.unwrap().as_str(), "79");
        assert_eq!(change.acting_user.unwrap().as_str(), "95");
        let body: Value = serde_json::from_slice(&sample.body).unwrap();
        let urls: Vec<_> = body["links"].as_array().unwrap().iter().map(|link| link["url"].as_str().unwrap()).collect();
        assert_eq!(
            urls,
            [
                "https://api.icims.com/customers/1234/applicantworkflows/77",
                "https://api.icims.com/customers/1234/jobs/79",
                "https://api.icims.com/customers/1234/people/78",
                "https://api.icims.com/customers/1234/people/95",
            ]
        );
    }

    #[test]
    fn what_is_no_event_says_which_key_is_missing_and_quotes_nothing() {
        for (bytes, shown) in [
            ("Ada Lovelace", "not a JSON object"),
            ("{\"eventType\":\"x\"}", "customerId"),
            ("{\"customerId\":\"1\",\"eventType\":\"WorkFlowStatusChangeEvent\",\"systemId\":\"1\"}", "newStatus"),
            (include_str!("../../../../../events/icims-webhook-token.json"), "not a JSON object"),
            ("", "empty"),
        ] {
            let error = read(bytes, &[]).unwrap_err();
            assert!(error.message.contains(shown) && !error.message.contains("Ada"), "{error}");
        }
    }
}
