//! Reports: a page, and PDFs behind signed links that end.

use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State as AppState};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use super::answer::not_found;
use super::model::{Org, Request};
use super::request_state::State;
use super::settings::ReportSettings;
use super::{pdf, render};
use crate::app::Shared;
use crate::state::World;

/// A report that is available.
struct Report {
    settings: ReportSettings,
    version: u32,
}

fn of(org: &Org, request: &Request) -> Option<Report> {
    (request.state == State::Completed && request.report_ready)
        .then(|| Report { settings: org.settings.report.clone(), version: request.report_version })
}

fn find(world: &World, id: &str) -> Option<Report> {
    world.crosschq.orgs.values().find_map(|org| of(org, org.requests.get(id)?))
}

/// The report as a page; `report_url` points here.
pub(crate) async fn page(AppState(app): AppState<Shared>, Path(id): Path<String>) -> Response {
    match app.read(|world| find(world, &id)) {
        Some(report) => Html(format!(
            "<!doctype html><title>Crosschq 360 report</title><h1>Crosschq 360 report</h1><p>Version {}.</p>",
            report.version
        ))
        .into_response(),
        None => not_found(),
    }
}

/// The signature of a link.
#[derive(Debug, Deserialize)]
pub(crate) struct Signed {
    expires: i64,
    signature: String,
}

/// A PDF; the link works without any key until it ends, then 403 as at a file store.
pub(crate) async fn file(
    AppState(app): AppState<Shared>,
    Path((id, name)): Path<(String, String)>,
    signed: Result<Query<Signed>, QueryRejection>,
) -> Response {
    let kind = name.trim_end_matches(".pdf");
    let expected = |expires| {
        app.read(|world| (render::signature(&world.crosschq.link_key, &id, kind, expires), world.now_ms() / 1000))
    };
    let allowed = signed.is_ok_and(|Query(signed)| {
        let (signature, now) = expected(signed.expires);
        signature == signed.signature && now < signed.expires
    });
    if !allowed {
        return (
            StatusCode::FORBIDDEN,
            [(header::CONTENT_TYPE, "application/xml")],
            "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>",
        )
            .into_response();
    }
    match app.read(|world| find(world, &id)) {
        Some(report) => download(report, kind).await,
        None => not_found(),
    }
}

async fn download(report: Report, kind: &str) -> Response {
    tokio::time::sleep(Duration::from_millis(report.settings.slow_ms)).await;
    if report.settings.html {
        return Html("<!doctype html><title>Sign in</title><h1>Sign in to Crosschq</h1>").into_response();
    }
    let text = format!("Crosschq 360 {kind} report, version {}", report.version);
    ([(header::CONTENT_TYPE, "application/pdf")], pdf::pdf(&text, report.settings.pad_bytes)).into_response()
}
