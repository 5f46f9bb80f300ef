#![doc = include_str!("../README.md")]

mod app;
pub mod control;
mod crosschq;
mod error;
mod faults;
mod front;
mod icims;
mod outgoing;
mod push;
mod requests;
mod server;
mod state;
mod vendor;
pub mod world;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use control::Control;
pub use crosschq::model::{CallbackAttempt, CallbackRecord, Message};
pub use crosschq::request_state::State;
pub use crosschq::settings::{
    AutoConclude, CallbackAuth, CallbackMethod, CallbackSettings, Capabilities, ErrorStyle, OrgSettings, RateLimit,
    ReportSettings, TokenScheme,
};
pub use crosschq::steps::{NewReference, Step};
pub use crosschq::survey::{Relationship, Survey};
pub use error::StartError;
pub use faults::{Fault, FaultKind};
pub use icims::fields::{FieldDef, FieldKind, Node};
pub use icims::profile_type::ProfileType;
pub use icims::settings::CustomerSettings;
pub use push::record::PushRecord;
pub use push::settings::{OauthCredentials, PushAuth, PushSettings};
pub use requests::LoggedRequest;
pub use state::Clock;

use app::App;
use front::front;
use vendor::Vendor;

/// Only this machine reaches it.
const LOOPBACK: &str = "127.0.0.1";

/// Bodies larger than this are refused with 413.
const LARGEST_BODY: usize = 32 * 1024 * 1024;

/// How a sandbox starts.
#[derive(Debug, Clone, Default)]
pub struct SandboxOptions {
    /// The name or address of this machine to listen on and to put in URLs; 127.0.0.1 when absent.
    pub host: Option<String>,
    /// The port of the fake iCIMS; 0 takes a free one.
    pub icims_port: u16,
    /// The port of the fake Crosschq; 0 takes a free one.
    pub crosschq_port: u16,
    /// Where the state is kept across restarts; only in memory when absent.
    pub state: Option<PathBuf>,
}

/// Both fakes, running inside this process until the handle is dropped.
pub struct Sandbox {
    app: Arc<App>,
    tasks: Vec<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts both servers.
    ///
    /// # Errors
    /// When a port is taken or the state file cannot be read.
    pub async fn start(options: SandboxOptions) -> Result<Self, StartError> {
        let (icims, icims_url) = bind(options.host.as_deref(), options.icims_port).await?;
        let (crosschq, crosschq_url) = bind(options.host.as_deref(), options.crosschq_port).await?;
        let app = Arc::new(App::new(options.state, icims_url, crosschq_url)?);
        let tasks = vec![
            tokio::spawn(server::serve(icims, port(&app, Vendor::Icims, icims::router(&app)))),
            tokio::spawn(server::serve(crosschq, port(&app, Vendor::Crosschq, crosschq::router(&app)))),
            tokio::spawn(crosschq::clockwork::run(app.clone())),
        ];
        Ok(Self { app, tasks })
    }

    /// The base URL of the fake iCIMS: its API and its token endpoint.
    #[must_use]
    pub fn icims_url(&self) -> &str {
        &self.app.icims_url
    }

    /// The base URL of the fake Crosschq.
    #[must_use]
    pub fn crosschq_url(&self) -> &str {
        &self.app.crosschq_url
    }

    /// A client of the control plane, the same that another process would use.
    #[must_use]
    pub fn control(&self) -> Control {
        Control::new(self.icims_url())
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
        self.app.store.close();
    }
}

async fn bind(host: Option<&str>, port: u16) -> Result<(TcpListener, String), StartError> {
    let failed = |why| StartError::Listen { host: host.unwrap_or(LOOPBACK).to_owned(), port, why };
    listen(host, port).await.map_err(failed)
}

/// Listens on a port (0 takes a free one) of `host`, a name or an address of this machine, 127.0.0.1 when absent. Returns
/// the base of its URLs too.
///
/// # Errors
/// The name does not resolve to an address of this machine, or the port is taken.
pub async fn listen(host: Option<&str>, port: u16) -> std::io::Result<(TcpListener, String)> {
    let host = host.unwrap_or(LOOPBACK);
    let listener = TcpListener::bind((host, port)).await?;
    let port = listener.local_addr()?.port();
    Ok((listener, format!("http://{host}:{port}")))
}

/// One port: a fake and the control plane.
fn port(app: &Arc<App>, vendor: Vendor, fake: Router) -> Router {
    control::router(app)
        .fallback_service(fake)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(from_fn_with_state((app.clone(), vendor), front))
}
