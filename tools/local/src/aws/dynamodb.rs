//! DynamoDB: the dynoxide engine, in this process, with its data on disk.
//!
//! The engine's own HTTP layer, not its Rust calls, is what was measured to behave as AWS does: the checks of a request's
//! types and the wording of errors live there, private to it. It is reached on a port of its own, on loopback.

use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use dynoxide::Database;
use hyper::Response;
use hyper::http::request::Parts;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::upstream::Upstream;
use super::wire::AwsError;

/// How often expired items are removed. AWS promises days; a person at a local run should see it happen.
const TTL_SWEEP_INTERVAL: Duration = Duration::from_secs(5);

/// The engine while it runs; it stops on drop.
pub(super) struct DynamoDb {
    upstream: Upstream,
    _stop: oneshot::Sender<()>,
    _tasks: JoinSet<()>,
}

impl DynamoDb {
    /// Opens the file, or a database in memory, and starts the engine and its sweep for expired items.
    ///
    /// # Errors
    /// The engine's message, where the file or the port cannot be opened.
    pub(super) async fn start(path: Option<&Path>) -> Result<DynamoDb, String> {
        let database = match path {
            Some(path) => {
                let path = path.to_str().ok_or("the data directory's path is not UTF-8")?;
                Database::new(path)
            }
            None => Database::memory(),
        }
        .map_err(|error| error.to_string())?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(|error| error.to_string())?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;

        let (stop, stopped) = oneshot::channel::<()>();
        let mut tasks = JoinSet::new();
        tasks.spawn(sweep_expired_items(database.clone()));
        // Not one of `tasks`: it ends by itself when `stop` is dropped, and closes its connections then.
        tokio::spawn(async move {
            let until = async move {
                // An error is the sender's drop: exactly what is waited for.
                stopped.await.unwrap_or(());
            };
            if let Err(error) = dynoxide::server::serve_with_shutdown(listener, database, until).await {
                tracing::error!(%error, "the DynamoDB engine stopped");
            }
        });

        let upstream = Upstream::new(&format!("http://{address}")).map_err(|error| error.to_string())?;
        Ok(DynamoDb { upstream, _stop: stop, _tasks: tasks })
    }

    /// Where the engine listens: `http://127.0.0.1:PORT`.
    pub(super) fn url(&self) -> &str {
        self.upstream.url()
    }

    /// Forwards a request to the engine unchanged.
    ///
    /// # Errors
    /// An internal failure, where the engine cannot be reached.
    pub(super) async fn handle(&self, parts: Parts, body: Bytes) -> Result<Response<Body>, AwsError> {
        self.upstream.forward(parts, body).await
    }
}

async fn sweep_expired_items(database: Database) {
    let mut tick = tokio::time::interval(TTL_SWEEP_INTERVAL);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let database = database.clone();
        match tokio::task::spawn_blocking(move || database.sweep_ttl()).await {
            Ok(Ok(_removed)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "expired items were not removed"),
            Err(_) => tracing::warn!("the sweep for expired items was abandoned"),
        }
    }
}
