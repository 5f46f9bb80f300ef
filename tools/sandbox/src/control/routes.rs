//! Serves the calls of the control plane: path, body and reply have the types that the endpoint declares.

use axum::Router;
use axum::extract::{FromRequest as _, FromRequestParts as _, Path, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, on};
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::endpoint::{Endpoint, PREFIX};
use super::refused::{Refused, parse_body, parse_value};
use crate::app::{App, Shared};

#[derive(Default)]
pub(super) struct Routes(Router<Shared>);

impl Routes {
    /// Serves `endpoint` by a handler that gets the parameters of the path and the body.
    pub(super) fn on<P, B, R>(
        self,
        endpoint: &Endpoint<B, R>,
        handler: impl Fn(&App, P, B) -> Result<R, Refused> + Clone + Send + Sync + 'static,
    ) -> Self
    where
        P: DeserializeOwned + Send + 'static,
        B: DeserializeOwned + Send + 'static,
        R: Serialize + Send + 'static,
    {
        self.on_async(endpoint, move |app, parameters, body| {
            let result = handler(&app, parameters, body);
            async { result }
        })
    }

    /// The same for a handler that waits.
    pub(super) fn on_async<P, B, R, F>(
        self,
        endpoint: &Endpoint<B, R>,
        handler: impl Fn(Shared, P, B) -> F + Clone + Send + Sync + 'static,
    ) -> Self
    where
        P: DeserializeOwned + Send + 'static,
        B: DeserializeOwned + Send + 'static,
        R: Serialize + Send + 'static,
        F: Future<Output = Result<R, Refused>> + Send,
    {
        let filter = MethodFilter::try_from(endpoint.method.clone()).unwrap_or(MethodFilter::GET);
        let serve = async move |State(app): State<Shared>, request: Request| {
            let (parameters, body) = match read(&app, request).await {
                Ok(input) => input,
                Err(refused) => return refused.into_response(),
            };
            match handler(app, parameters, body).await {
                Ok(reply) => json(StatusCode::OK, &reply),
                Err(refused) => refused.into_response(),
            }
        };
        Self(self.0.route(&format!("{PREFIX}{}", endpoint.path), on(filter, serve)))
    }

    pub(super) fn into_router(self, app: &Shared) -> Router {
        self.0.with_state(app.clone())
    }
}

async fn read<P, B>(app: &Shared, request: Request) -> Result<(P, B), Refused>
where
    P: DeserializeOwned + Send,
    B: DeserializeOwned,
{
    let (mut parts, body) = request.into_parts();
    let Path(parameters) = Path::<P>::from_request_parts(&mut parts, app).await.map_err(Refused::not_found)?;
    if parts.method == Method::GET {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = url::form_urlencoded::parse(query.as_bytes()).into_owned();
        let query: Map<String, Value> = pairs.map(|(key, value)| (key, Value::String(value))).collect();
        return Ok((parameters, parse_value(Value::Object(query))?));
    }
    let body = Bytes::from_request(Request::from_parts(parts, body), app).await;
    let body = body.map_err(|why| Refused::field("(body)", why.to_string()))?;
    Ok((parameters, parse_body(&body)?))
}

pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_string_pretty(body) {
        Ok(text) => (status, [(header::CONTENT_TYPE, "application/json")], text + "\n").into_response(),
        Err(why) => (StatusCode::INTERNAL_SERVER_ERROR, why.to_string()).into_response(),
    }
}
