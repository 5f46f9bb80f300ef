//! Events from the fake iCIMS to the vendor: which are sent, how, and what the recruiter sees of the response.

mod deliver;
pub(crate) mod event;
pub(crate) mod record;
pub(crate) mod settings;
mod sign;

use std::time::Duration;

use crate::app::App;
use crate::app::Shared;
use crate::icims::model::Customer;
use crate::icims::profile_type::ProfileType;
use crate::icims::render::Base;
use event::Event;
use record::PushRecord;

/// Pushes the status event of a workflow if the customer subscribes to the new status. Returns every attempt.
pub(crate) async fn status_changed(
    app: &App,
    customer: &str,
    workflow: u64,
    old: &str,
    new: &str,
    user: u64,
) -> Vec<PushRecord> {
    let event = app.read(|world| {
        let known = world.icims.customers.get(customer)?;
        let base = Base { url: &app.icims_url, customer };
        subscribed(known, new).then(|| event::status_change(known, base, workflow, old, new, user))
    });
    match event {
        Some(event) => send(app, customer, event).await,
        None => Vec::new(),
    }
}

fn subscribed(customer: &Customer, status: &str) -> bool {
    customer.settings.push.statuses.as_ref().is_none_or(|all| all.iter().any(|s| s == status))
}

/// After a PATCH by the API: pushes in the background when the customer's platform does that.
pub(crate) fn after_api_change(app: &Shared, customer: &str, workflow: u64, old: String, new: String) {
    let user = app.read(|world| {
        let settings = &world.icims.customers.get(customer)?.settings;
        settings.api_changes_emit_events.then_some(settings.api_user_id)
    });
    let Some(user) = user else { return };
    let (app, customer) = (app.clone(), customer.to_owned());
    tokio::spawn(async move {
        status_changed(&app, &customer, workflow, &old, &new, user).await;
        let _ = app.store.flush();
    });
}

/// Sends an event with the duplicates and retries of the customer's subscription.
pub(crate) async fn send(app: &App, customer: &str, event: Event) -> Vec<PushRecord> {
    let Some(settings) = app.read(|world| world.icims.customers.get(customer).map(|c| c.settings.push.clone())) else {
        return Vec::new();
    };
    let Some(url) = settings.url.clone() else {
        return Vec::new();
    };
    if app.write(|world| lose_next(world.icims.customers.get_mut(customer))) {
        return vec![lost(app, customer, &event)];
    }
    // The vendor may read back at once: what it will see must not be lost if we are killed while it does.
    let _ = app.store.flush();
    let copies = (0..=settings.duplicates).map(|_| with_retries(app, customer, &url, &settings, &event));
    if settings.duplicates_at_once {
        return futures_util::future::join_all(copies).await.into_iter().flatten().collect();
    }
    let mut all = Vec::new();
    for copy in copies {
        all.extend(copy.await);
    }
    all
}

/// Counts down the events that are to be lost; whether this is one.
fn lose_next(customer: Option<&mut Customer>) -> bool {
    let Some(customer) = customer.filter(|c| c.settings.push.drop_next > 0) else {
        return false;
    };
    customer.settings.push.drop_next -= 1;
    true
}

/// A push that is lost on purpose: neither the vendor nor the recruiter notices it.
fn lost(app: &App, customer: &str, event: &Event) -> PushRecord {
    let record = PushRecord { lost: true, ..event.record() };
    app.write(|world| keep(world.clock.now_ms(), world.icims.customers.get_mut(customer), record))
}

async fn with_retries(
    app: &App,
    customer: &str,
    url: &str,
    settings: &settings::PushSettings,
    event: &Event,
) -> Vec<PushRecord> {
    let mut attempts = Vec::new();
    let mut waits = settings.retry_ms.iter();
    loop {
        let attempt = u32::try_from(attempts.len()).unwrap_or(u32::MAX).saturating_add(1);
        let mut record = deliver::once(app, customer, url, settings, event).await;
        record.attempt = attempt;
        let record = app.write(|world| keep(world.clock.now_ms(), world.icims.customers.get_mut(customer), record));
        let again = record.status.is_none_or(|s| s >= 500);
        attempts.push(record);
        match waits.next() {
            Some(ms) if again => tokio::time::sleep(Duration::from_millis(*ms)).await,
            _ => return attempts,
        }
    }
}

fn keep(now_ms: i64, customer: Option<&mut Customer>, mut record: PushRecord) -> PushRecord {
    record.at_ms = now_ms;
    if let Some(customer) = customer {
        record.recruiter_sees = recruiter_sees(customer, &record);
        customer.pushes.append(|number| {
            record.number = number;
            record.clone()
        });
    }
    record
}

fn recruiter_sees(customer: &Customer, record: &PushRecord) -> Option<String> {
    if record.lost {
        return None;
    }
    match (record.status, &record.user_message, &record.location) {
        (Some(200..300), _, _) => None,
        (Some(303), _, Some(link)) => Some(format!("Continue at {link}")),
        (_, Some(message), _) => Some(with_labels(customer, message)),
        (Some(status), None, _) => Some(format!("The integration could not process this request (HTTP {status}).")),
        (None, _, _) => Some("The integration could not be reached.".to_owned()),
    }
}

/// Replaces `{{person.email}}` by what this platform calls that field (docs/vendors/icims.md §5.4).
fn with_labels(customer: &Customer, message: &str) -> String {
    let mut text = message.to_owned();
    for kind in ProfileType::ALL {
        for (name, def) in customer.fields.get(&kind).into_iter().flatten() {
            for word in [kind.schema_name(), kind.search_name(), kind.path()] {
                text = text.replace(&format!("{{{{{word}.{name}}}}}"), &def.label);
            }
        }
    }
    text
}
