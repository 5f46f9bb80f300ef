//! What happens to every call before and after its handler: log, transport rules, faults, saving, common headers.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::{App, Shared};
use crate::faults::{FaultKind, Hit};
use crate::server::Lost;
use crate::{crosschq, icims};

/// Which of the two fakes a port belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vendor {
    Icims,
    Crosschq,
}

impl Vendor {
    fn fault_answer(self, status: u16, message: &str) -> Response {
        match self {
            Self::Icims => icims::fault_answer(status, message),
            Self::Crosschq => crosschq::fault_answer(status, message),
        }
    }
}

/// The outermost layer of both ports.
pub(crate) async fn front(State((app, vendor)): State<(Shared, Vendor)>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    if path.starts_with(crate::control::PREFIX) {
        return saved(&app, next.run(request).await);
    }
    let log = match vendor {
        Vendor::Icims => &app.icims_requests,
        Vendor::Crosschq => &app.crosschq_requests,
    };
    let method = request.method().as_str().to_owned();
    let number = log.arrived(app.read(crate::state::World::now_ms), &method, &path);
    let hit = strike(&app, vendor, &method, &path);
    let fault = hit.id;
    let mut response = match refused_by_transport(vendor, &request) {
        Some(refusal) => refusal,
        None => saved(&app, run_with_permit(&app, vendor, hit, request, next).await),
    };
    if vendor == Vendor::Icims {
        icims::decorate(&app, &path, &mut response);
    }
    let status = response.extensions().get::<Lost>().is_none().then(|| response.status().as_u16());
    log.answered(number, status, fault);
    response
}

fn strike(app: &App, vendor: Vendor, method: &str, path: &str) -> Hit {
    let spared = app.read(|world| match vendor {
        Vendor::Icims => world.icims_faults.spare(method, path),
        Vendor::Crosschq => world.crosschq_faults.spare(method, path),
    });
    if spared {
        return Hit::default();
    }
    app.write(|world| match vendor {
        Vendor::Icims => world.icims_faults.strike(method, path),
        Vendor::Crosschq => world.crosschq_faults.strike(method, path),
    })
}

/// iCIMS speaks HTTP/1.1 only and takes no chunked bodies (docs/vendors/icims.md §1.5).
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
        .then(|| icims::fault_answer(411, "Content-Length is required."))
}

/// Latency faults count as time in progress, so the permit is acquired before them.
async fn run_with_permit(app: &Shared, vendor: Vendor, hit: Hit, request: Request, next: Next) -> Response {
    if vendor == Vendor::Crosschq {
        return run(app, vendor, hit, request, next).await;
    }
    match icims::Permit::acquire(app, request.uri().path()) {
        Some(_permit) => run(app, vendor, hit, request, next).await,
        None => icims::fault_answer(429, "Too many calls at the same time"),
    }
}

async fn run(app: &App, vendor: Vendor, hit: Hit, request: Request, next: Next) -> Response {
    pause(hit.before_ms).await;
    let response = match hit.kind {
        Some(FaultKind::Reset) => lost(),
        Some(FaultKind::Unauthorized) => vendor.fault_answer(401, "Authentication credentials invalid"),
        Some(FaultKind::Status { status, retry_after, message }) => {
            let mut response = vendor.fault_answer(status, message.as_deref().unwrap_or("A fault of the sandbox."));
            if let Some(value) = retry_after.and_then(|v| v.parse().ok()) {
                response.headers_mut().insert(header::RETRY_AFTER, value);
            }
            response
        }
        Some(FaultKind::ReplyLost) => {
            next.run(request).await;
            // Whoever lost the reply may look at once: what was done must be there to be found.
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
    pause(hit.after_ms).await;
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

/// Nothing is answered that a kill could take back.
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
