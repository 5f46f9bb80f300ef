//! Callbacks: what they hold, when they are due, and one attempt to deliver one.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::model::{CallbackAttempt, CallbackRecord, Org};
use super::render::{self, Links};
use super::settings::{CallbackAuth, CallbackMethod, CallbackSettings};
use crate::app::App;
use crate::outgoing::describe;

/// Queues the callbacks of a change of a request. Returns the first one's number, if there is one.
pub(crate) fn changed(org: &mut Org, links: Links<'_>, id: &str) -> Option<u64> {
    org.settings.callback.url.as_ref()?;
    let request = org.requests.get(id)?;
    let status = render::status_word(org, request);
    let body = body(&org.settings.callback, render::state(org, request, links));
    let dropped = org.settings.callback.drop_next > 0;
    if dropped {
        org.settings.callback.drop_next -= 1;
    }
    let settings = &org.settings.callback;
    let (copies, hold, batch) = (settings.duplicates, settings.hold, settings.reorder as usize);
    let record = CallbackRecord {
        number: 0,
        request_id: id.to_owned(),
        status,
        body,
        webhook_id: fresh_webhook_id(),
        due_at_ms: links.now_ms + settings.delay_ms,
        held: (hold || batch > 1) && !dropped,
        dropped,
        done: dropped,
        attempts: Vec::new(),
    };
    let first = org.callbacks.append(|number| CallbackRecord { number, ..record.clone() });
    for _ in 0..copies {
        org.callbacks.append(|number| CallbackRecord { number, ..record.clone() });
    }
    if batch > 1 && !hold {
        release_full_batch(org, batch);
    }
    Some(first)
}

/// Adds a callback with a body that no request has; it is kept from the sending task.
pub(crate) fn add_raw(org: &mut Org, now_ms: i64, body: Value) -> u64 {
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (request_id, status) = (text("id"), text("status"));
    org.callbacks.append(|number| CallbackRecord {
        number,
        request_id,
        status,
        body,
        webhook_id: fresh_webhook_id(),
        due_at_ms: now_ms,
        held: true,
        dropped: false,
        done: false,
        attempts: Vec::new(),
    })
}

fn fresh_webhook_id() -> String {
    format!("msg_{}", uuid::Uuid::new_v4().simple())
}

/// Once enough callbacks are held, releases them in the opposite order.
fn release_full_batch(org: &mut Org, batch: usize) {
    let held: Vec<u64> = org.callbacks.values().filter(|c| c.held).map(|c| c.number).collect();
    if held.len() >= batch {
        release(org, &held.into_iter().rev().collect::<Vec<_>>());
    }
}

/// Releases callbacks in the order given: they become due one millisecond after the other.
pub(crate) fn release(org: &mut Org, numbers: &[u64]) {
    let Some(base) = numbers.iter().filter_map(|number| org.callbacks.get(number)).map(|c| c.due_at_ms).min() else {
        return;
    };
    for (offset, number) in (0..).zip(numbers) {
        if let Some(callback) = org.callbacks.get_mut(number) {
            callback.held = false;
            // Earlier than anything that may come, and in this order among themselves.
            callback.due_at_ms = base - 1_000_000 + offset;
        }
    }
}

/// Keeps one callback from the sending task: the caller delivers it.
pub(crate) fn hold_back(org: &mut Org, number: u64) {
    if let Some(callback) = org.callbacks.get_mut(&number) {
        callback.held = true;
    }
}

fn body(settings: &CallbackSettings, mut state: Value) -> Value {
    if let (true, Some(state)) = (settings.unknown_fields, state.as_object_mut()) {
        state.insert("sandbox_unknown".to_owned(), json!({"nested": [1, null, "x"]}));
        state.insert("schema_version".to_owned(), json!(99));
    }
    if settings.wrap_data { json!({"data": state}) } else { state }
}

/// Sends one callback once and records the outcome.
pub(crate) async fn deliver(app: &App, org: &str, number: u64) {
    let found = app.read(|world| {
        let org = world.crosschq.orgs.get(org)?;
        let callback = org.callbacks.get(&number)?.clone();
        Some((org.settings.callback.clone(), callback))
    });
    let Some((settings, callback)) = found else {
        return;
    };
    let answered = attempt(app, &settings, &callback).await;
    app.write(|world| {
        let now = world.now_ms();
        let Some(callback) = world.crosschq.orgs.get_mut(org).and_then(|org| org.callbacks.get_mut(&number)) else {
            return;
        };
        let (status, failure) = match answered {
            Ok(status) => (Some(status), None),
            Err(why) => (None, Some(why)),
        };
        callback.attempts.push(CallbackAttempt { at_ms: now, status, failure });
        callback.held = false;
        let accepted = status.is_some_and(|s| (200..300).contains(&s));
        match settings.retry_ms.get(callback.attempts.len() - 1) {
            Some(wait) if !accepted => callback.due_at_ms = now + i64::try_from(*wait).unwrap_or(i64::MAX),
            _ => callback.done = true,
        }
    });
}

async fn attempt(app: &App, settings: &CallbackSettings, callback: &CallbackRecord) -> Result<u16, String> {
    let url = settings.url.as_deref().ok_or("no callback url")?;
    let body = callback.body.to_string();
    let method = match settings.method {
        CallbackMethod::Post => reqwest::Method::POST,
        CallbackMethod::Put => reqwest::Method::PUT,
    };
    let request = app.outgoing.request(method, url);
    let request = request
        .timeout(Duration::from_millis(settings.timeout_ms))
        .header("content-type", "application/json")
        .header("user-agent", "Crosschq-Webhooks/1.0");
    let request = match &settings.auth {
        CallbackAuth::None => request,
        CallbackAuth::Basic { value, verbatim: true } => request.header("authorization", format!("Basic {value}")),
        CallbackAuth::Basic { value, verbatim: false } => {
            request.header("authorization", format!("Basic {}", STANDARD.encode(value)))
        }
        CallbackAuth::Token { value, word: None } => request.header("authorization", value),
        CallbackAuth::Token { value, word: Some(word) } => request.header("authorization", format!("{word} {value}")),
        CallbackAuth::StandardWebhooks { secret } => {
            // The receiver compares the time with its own clock, so this is the machine's, not the virtual one.
            let at = OffsetDateTime::now_utc().unix_timestamp();
            let signature = standardwebhooks::Webhook::new(secret)
                .and_then(|webhook| webhook.sign(&callback.webhook_id, at, body.as_bytes()))
                .map_err(|why| format!("callback.auth.secret: {why}"))?;
            request
                .header("webhook-id", &callback.webhook_id)
                .header("webhook-timestamp", at.to_string())
                .header("webhook-signature", signature)
        }
    };
    let response = request.body(body).send().await.map_err(|why| describe(&why))?;
    Ok(response.status().as_u16())
}
