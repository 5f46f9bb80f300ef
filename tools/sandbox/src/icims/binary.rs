//! Files (docs/vendors/icims.md §4.6): `GET|PATCH|DELETE …/binary`; POST is refused.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::json;

use super::answer::{Refusal, changed, found};
use super::fields::FieldKind;
use super::model::StoredFile;
use super::profiles::{Target, respond};
use crate::app::Shared;
use crate::state::World;

type FieldPath = (String, String, String, String);

/// Finds the profile and checks that the field holds files.
fn file_field(world: &World, (customer, kind, id, field): &FieldPath) -> Result<Target, Refusal> {
    let target = Target::find(world, customer, kind, id)?;
    let known = target.customer_in(world)?;
    let def = known.field(target.kind, field).ok_or_else(|| Refusal::not_found("Field"))?;
    if known.is_hidden(target.kind, field) {
        return Err(Refusal::access_denied("Field"));
    }
    if def.kind != FieldKind::File {
        return Err(Refusal::bad_request(format!("{field} is not a file field.")));
    }
    Ok(target)
}

fn file_response(file: &StoredFile) -> Response {
    let mut response = (StatusCode::OK, STANDARD.decode(&file.base64).unwrap_or_default()).into_response();
    let disposition = format!("attachment;filename=\"{}\"", file.filename);
    for (name, value) in [(header::CONTENT_TYPE, &file.content_type), (header::CONTENT_DISPOSITION, &disposition)] {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

pub(crate) async fn get(State(app): State<Shared>, Path(path): Path<FieldPath>) -> Response {
    respond(app.read(|world| {
        let target = file_field(world, &path)?;
        let file = target.profile_in(target.customer_in(world)?)?.files.get(&path.3);
        // A JSON body means "no file" at the real one.
        Ok(file.map_or_else(|| found(json!({}), &[]), file_response))
    }))
}

pub(crate) async fn patch(
    State(app): State<Shared>,
    Path(path): Path<FieldPath>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    respond(app.write(|world| {
        let target = file_field(world, &path)?;
        let now = world.now_ms();
        let file = read_multipart(&headers, &body)?;
        let profile = target.profile_mut(target.customer_mut(world)?)?;
        profile.files.insert(path.3, file);
        profile.updated_at_ms = now;
        Ok(changed(None, &[]))
    }))
}

pub(crate) async fn delete(State(app): State<Shared>, Path(path): Path<FieldPath>) -> Response {
    respond(app.write(|world| {
        let target = file_field(world, &path)?;
        target.profile_mut(target.customer_mut(world)?)?.files.remove(&path.3);
        Ok(changed(None, &[]))
    }))
}

/// The one part of a multipart body.
fn read_multipart(headers: &HeaderMap, body: &Bytes) -> Result<StoredFile, Refusal> {
    let wrong = |why: &str| Refusal::bad_request(format!("The file must be sent as multipart/form-data: {why}."));
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !content_type.starts_with("multipart/form-data") {
        return Err(wrong("another content type came"));
    }
    let boundary = parameter(content_type, "boundary").ok_or_else(|| wrong("no boundary"))?;
    let open = format!("--{boundary}\r\n");
    let close = format!("\r\n--{boundary}");
    let start = find(body, open.as_bytes()).ok_or_else(|| wrong("no part"))? + open.len();
    let rest = body.get(start..).unwrap_or_default();
    let head_end = find(rest, b"\r\n\r\n").ok_or_else(|| wrong("a part without an end of its headers"))?;
    let content = rest.get(head_end + 4..).unwrap_or_default();
    let end = find(content, close.as_bytes()).ok_or_else(|| wrong("no end"))?;
    let content = content.get(..end).unwrap_or_default();
    let head = String::from_utf8_lossy(rest.get(..head_end).unwrap_or_default()).into_owned();
    let line = |name: &str| head.lines().find(|l| l.to_ascii_lowercase().starts_with(name)).map(str::to_owned);
    let disposition =
        headers.get(header::CONTENT_DISPOSITION).and_then(|v| v.to_str().ok()).and_then(|v| parameter(v, "filename"));
    let filename = disposition
        .or_else(|| line("content-disposition:").and_then(|l| parameter(&l, "filename")))
        .ok_or_else(|| wrong("no file name"))?;
    let part_type = line("content-type:").and_then(|l| l.split_once(':').map(|(_, v)| v.trim().to_owned()));
    Ok(StoredFile {
        filename,
        content_type: part_type.unwrap_or_else(|| "application/octet-stream".to_owned()),
        base64: STANDARD.encode(content),
        size: content.len(),
    })
}

/// `name=value` or `name="value"` in a header.
fn parameter(header: &str, name: &str) -> Option<String> {
    header.split(';').find_map(|part| {
        let (key, value) = part.trim().split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
