//! What happens to every call before and after its handler: log, transport rules, faults, saving, common headers.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::{App, Shared};
use crate::faults::{FaultKind, Injected};
use crate::server::Lost;
use crate::state::World;
use crate::vendor::Vendor;
use crate::{crosschq, icims};

/// The outermost layer of both ports.
pub(crate) async fn front(State((app, vendor)): State<(Shared, Vendor)>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    if path.starts_with(crate::control::PREFIX) {
        return saved(&app, next.run(request).await);
    }
    let log = app.requests.of(vendor);
    let method = request.method().as_str().to_owned();
    let number = log.arrived(app.read(World::now_ms), &method, &path);
    let injected = inject(&app, vendor, &method, &path);
    let fault = injected.id;
    let mut response = match refused_by_transport(vendor, &request) {
        Some(refusal) => refusal,
        None => saved(&app, run_with_permit(&app, vendor, injected, request, next).await),
    };
    if vendor == Vendor::Icims {
        icims::decorate(&app, &path, &mut response);
    }
    let status = response.extensions().get::<Lost>().is_none().then(|| response.status().as_u16());
    log.answered(number, status, fault);
    response
}

/// What the faults do to this call. A call that none of them applies to changes nothing, so nothing has to be saved.
fn inject(app: &App, vendor: Vendor, method: &str, path: &str) -> Injected {
    if !app.read(|world| world.faults.of(vendor).apply_to(method, path)) {
        return Injected::default();
    }
    app.write(|world| world.faults.of_mut(vendor).inject(method, path))
}

fn error_response(vendor: Vendor, status: u16, message: &str) -> Response {
    match vendor {
        Vendor::Icims => icims::error_response(status, message),
        Vendor::Crosschq => crosschq::error_response(status, message),
    }
}

/// iCIMS accepts HTTP/1.1 only and takes no chunked bodies (docs/vendors/icims.md §1.5).
fn refused_by_transport(vendor: Vendor, request: &Request) -> Option<Response> {
    if vendor != Vendor::Icims {
        return None;
    }
    if request.version() != Version::HTTP_11 {
        return Some(StatusCode::HTTP_VERSION_NOT_SUPPORTED.into_response());
    }
    request
        .headers()
        .contains_key(header::TRANSFER_ENCODING)
        .then(|| icims::error_response(411, "Content-Length is required."))
}

/// Latency faults count as time in progress, so the permit is acquired before them.
async fn run_with_permit(app: &Shared, vendor: Vendor, injected: Injected, request: Request, next: Next) -> Response {
    if vendor == Vendor::Crosschq {
        return run(app, vendor, injected, request, next).await;
    }
    match icims::Permit::acquire(app, request.uri().path()) {
        Some(_permit) => run(app, vendor, injected, request, next).await,
        None => icims::error_response(429, "Too many calls at the same time"),
    }
}

async fn run(app: &App, vendor: Vendor, injected: Injected, request: Request, next: Next) -> Response {
    pause(injected.before_ms).await;
    let response = match injected.kind {
        Some(FaultKind::Reset) => lost(),
        Some(FaultKind::Unauthorized) => error_response(vendor, 401, "Authentication credentials invalid"),
        Some(FaultKind::Status { status, retry_after, message }) => {
            let mut response = error_response(vendor, status, message.as_deref().unwrap_or("A fault of the sandbox."));
            if let Some(value) = retry_after.and_then(|v| v.parse().ok()) {
                response.headers_mut().insert(header::RETRY_AFTER, value);
            }
            response
        }
        Some(FaultKind::ReplyLost) => {
            next.run(request).await;
            // The caller may look at once, from another process: what was done must be saved.
            let _ = app.store.flush();
            lost()
        }
        Some(FaultKind::MalformedJson) => {
            let handled = next.run(request).await;
            let mut response = (handled.status(), "{\"id\": \"half a docu").into_response();
            response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
            response
        }
        Some(FaultKind::Latency { .. }) | None => next.run(request).await,
    };
    pause(injected.after_ms).await;
    response
}

/// A timer is accurate to a millisecond: even one of no length costs that much, and every call would pay it twice.
async fn pause(ms: u64) {
    if ms > 0 {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}

fn lost() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Lost);
    response
}

/// No response leaves before the change behind it is saved, so a kill takes nothing back.
fn saved(app: &App, response: Response) -> Response {
    let saved = app.store.flush();
    app.callbacks_due.notify_one();
    match saved {
        Ok(()) => response,
        Err(why) => {
            (StatusCode::INTERNAL_SERVER_ERROR, format!("the sandbox could not save its state: {why}")).into_response()
        }
    }
}
