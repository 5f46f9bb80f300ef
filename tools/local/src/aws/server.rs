//! The endpoint's port: opened, listened on, given back.

use std::collections::BTreeMap;
use std::io;
use std::net::Ipv4Addr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::backups::Backups;
use super::clock::Clock;
use super::deployed::Deployed;
use super::dynamodb::DynamoDb;
use super::endpoint::Endpoint;
use super::faults::Switchboard;
use super::policy::{Access, Call};
use super::secrets::SecretsManager;
use super::sqs::Sqs;
use super::upstream::Upstream;

/// Where the endpoint listens and where it keeps its data.
#[derive(Clone, Debug, Default)]
pub struct AwsOptions {
    /// The port on 127.0.0.1; 0 takes any free one.
    pub port: u16,
    /// The folder for the databases, made where it is missing; `None` keeps everything in memory.
    pub data_dir: Option<PathBuf>,
}

/// Why the endpoint did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port is taken, or may not be listened on.
    #[error("cannot listen on 127.0.0.1:{port}")]
    Listen {
        /// The port that was asked for.
        port: u16,
        /// What the system says.
        source: io::Error,
    },
    /// The data directory cannot be made.
    #[error("cannot make the data directory {path}")]
    DataDir {
        /// The folder that was asked for.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is no client for the endpoint behind.
    #[error("HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    /// A database in the data directory cannot be opened.
    #[error("cannot open the data of {service}: {reason}")]
    Storage {
        /// The AWS service whose data it is.
        service: &'static str,
        /// The database's words.
        reason: String,
    },
}

/// The running endpoint. It stops on drop, cutting off every connection; its data can be opened again at once.
#[derive(Debug)]
pub struct AwsServer {
    endpoint_url: String,
    dynamodb_url: String,
    access: Arc<Access>,
    accepting: JoinHandle<()>,
}

impl AwsServer {
    /// Opens the data and starts listening; the endpoint is ready when this returns.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start(options: AwsOptions) -> Result<AwsServer, StartError> {
        AwsServer::open(options, None).await
    }

    /// Listens in front of another AWS endpoint, which answers every call: what is here is the switchboard alone.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn in_front_of(upstream: &str) -> Result<AwsServer, StartError> {
        AwsServer::open(AwsOptions::default(), Some(Upstream::new(upstream)?)).await
    }

    async fn open(options: AwsOptions, upstream: Option<Upstream>) -> Result<AwsServer, StartError> {
        let files = options.data_dir.as_deref().map(make_data_dir).transpose()?;
        let file = |name: &str| files.map(|folder| folder.join(name));

        let listen_failed = |source| StartError::Listen { port: options.port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await.map_err(listen_failed)?;
        let address = listener.local_addr().map_err(listen_failed)?;
        let endpoint_url = format!("http://{address}");

        let storage = |service| move |reason: String| StartError::Storage { service, reason };
        let clock = Clock::default();
        let endpoint = Endpoint {
            dynamodb: DynamoDb::start(file("dynamodb.sqlite").as_deref()).await.map_err(storage("DynamoDB"))?,
            sqs: Sqs::open(file("sqs.sqlite").as_deref(), clock.clone(), endpoint_url.clone())
                .await
                .map_err(|error| storage("SQS")(error.message().to_owned()))?,
            secrets: SecretsManager::open(file("secretsmanager.sqlite").as_deref(), clock.clone())
                .map_err(|error| storage("Secrets Manager")(error.message().to_owned()))?,
            upstream,
            switchboard: Switchboard::default(),
            backups: Backups::open(file("backups.sqlite").as_deref())
                .map_err(|error| storage("DynamoDB's backups")(error.message().to_owned()))?,
            access: Arc::default(),
            deployed: Deployed::default(),
            clock,
        };
        let access = Arc::clone(&endpoint.access);
        let dynamodb_url = endpoint.dynamodb.url();
        Ok(AwsServer {
            endpoint_url,
            dynamodb_url,
            access,
            accepting: tokio::spawn(accept(listener, Arc::new(endpoint))),
        })
    }

    /// What `AWS_ENDPOINT_URL` is set to: `http://127.0.0.1:PORT`.
    pub fn endpoint_url(&self) -> &str {
        &self.endpoint_url
    }

    /// Where the DynamoDB engine itself listens, without this endpoint's roles, faults and call counts before it.
    pub fn dynamodb_url(&self) -> &str {
        &self.dynamodb_url
    }

    /// Stops, and returns once the port is free for the next one. A drop does not wait for that.
    pub async fn stop(mut self) {
        self.accepting.abort();
        // The error is the cancellation that was just asked for.
        let _ = (&mut self.accepting).await;
    }

    /// How often each call was let pass, since it was last counted from nothing.
    pub fn allowed(&self) -> BTreeMap<Call, u64> {
        self.access.allowed()
    }

    /// How often each call was refused by its caller's policy.
    pub fn denied(&self) -> BTreeMap<Call, u64> {
        self.access.denied()
    }
}

impl Drop for AwsServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Makes the folder for this user only, since secret values lie in it unencrypted.
fn make_data_dir(path: &Path) -> Result<&Path, StartError> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| StartError::DataDir { path: path.to_owned(), source })?;
    Ok(path)
}

/// Owns the connections, so that they end with it.
async fn accept(listener: TcpListener, endpoint: Arc<Endpoint>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, Arc::clone(&endpoint)));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    // Out of file handles, most likely: looping at once would only burn the processor.
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, endpoint: Arc<Endpoint>) {
    // A refusal costs latency only.
    stream.set_nodelay(true).unwrap_or(());
    let service = service_fn(move |request| {
        let endpoint = Arc::clone(&endpoint);
        async move { endpoint.answer(request).await }
    });
    let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
    // Clients go away and faults cut connections: neither is this endpoint's failure.
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection ended early");
    }
}
