//! The endpoint's listener.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::clock::Clock;
use super::control::Control;
use super::deployed::Deployed;
use super::dynamodb::DynamoDb;
use super::endpoint::Endpoint;
use super::faults::Faults;
use super::policy::{Access, Call};
use super::secrets::SecretsManager;
use super::sqs::Sqs;
use super::upstream::Upstream;

/// Configures the endpoint.
#[derive(Clone, Debug, Default)]
pub struct AwsOptions {
    /// The name or address of this machine to listen on and to put in URLs; 127.0.0.1 when absent.
    pub host: Option<String>,
    /// The port; 0 for any free one.
    pub port: u16,
    /// The directory of the databases, created if missing; `None` keeps everything in memory.
    pub data_dir: Option<PathBuf>,
}

/// Why the endpoint did not start.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the names say it")]
pub enum StartError {
    #[error("cannot listen on port {port}")]
    Listen { port: u16, source: io::Error },
    #[error("cannot create the data directory {path}")]
    DataDir { path: PathBuf, source: io::Error },
    #[error("HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    #[error("cannot open the data of {service}: {reason}")]
    Storage { service: &'static str, reason: String },
}

/// The running endpoint. It stops on drop and closes every connection; its data can be opened again at once.
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

    /// Forwards every call to another AWS endpoint, and adds faults and counts.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn proxy(upstream: &str) -> Result<AwsServer, StartError> {
        AwsServer::open(AwsOptions::default(), Some(Upstream::new(upstream)?)).await
    }

    async fn open(options: AwsOptions, upstream: Option<Upstream>) -> Result<AwsServer, StartError> {
        let files = options.data_dir.as_deref().map(make_data_dir).transpose()?;
        let file = |name: &str| files.map(|folder| folder.join(name));

        let listen_failed = |source| StartError::Listen { port: options.port, source };
        let (listener, endpoint_url) =
            sandbox::listen(options.host.as_deref(), options.port).await.map_err(listen_failed)?;

        let storage = |service| move |reason: String| StartError::Storage { service, reason };
        let clock = Clock::default();
        let access = Arc::<Access>::default();
        let sqs = Sqs::open(file("sqs.sqlite").as_deref(), clock.clone(), endpoint_url.clone())
            .await
            .map_err(|error| storage("SQS")(error.message().to_owned()))?;
        let sqs = Arc::new(sqs);
        let endpoint = Endpoint {
            dynamodb: DynamoDb::start(file("dynamodb.sqlite").as_deref()).await.map_err(storage("DynamoDB"))?,
            sqs: Arc::clone(&sqs),
            secrets: SecretsManager::open(file("secretsmanager.sqlite").as_deref(), clock.clone())
                .map_err(|error| storage("Secrets Manager")(error.message().to_owned()))?,
            upstream,
            control: Control {
                faults: Faults::default(),
                access: Arc::clone(&access),
                deployed: Deployed::default(),
                clock,
                sqs,
            },
        };
        let dynamodb_url = endpoint.dynamodb.url().to_owned();
        Ok(AwsServer {
            endpoint_url,
            dynamodb_url,
            access,
            accepting: tokio::spawn(accept(listener, Arc::new(endpoint))),
        })
    }

    /// The value for `AWS_ENDPOINT_URL`: `http://127.0.0.1:PORT`.
    pub fn endpoint_url(&self) -> &str {
        &self.endpoint_url
    }

    /// The DynamoDB engine itself, without this endpoint's roles, faults and call counts.
    pub fn dynamodb_url(&self) -> &str {
        &self.dynamodb_url
    }

    /// Stops and waits until the port is free, which a drop does not.
    pub async fn stop(mut self) {
        self.accepting.abort();
        // The error is this cancellation.
        let _ = (&mut self.accepting).await;
    }

    /// The number of times each call was allowed since the counts were cleared.
    pub fn allowed(&self) -> BTreeMap<Call, u64> {
        self.access.allowed()
    }

    /// The number of times each call was denied by its caller's policy.
    pub fn denied(&self) -> BTreeMap<Call, u64> {
        self.access.denied()
    }
}

impl Drop for AwsServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Readable for this user only, since it holds secret values unencrypted.
fn make_data_dir(path: &Path) -> Result<&Path, StartError> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| StartError::DataDir { path: path.to_owned(), source })?;
    Ok(path)
}

/// Owns the connections, so that they are closed when it is aborted.
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
                    // Out of file handles, most likely: do not retry in a busy loop.
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, endpoint: Arc<Endpoint>) {
    // A failure costs latency only.
    stream.set_nodelay(true).unwrap_or(());
    let service = service_fn(move |request| {
        let endpoint = Arc::clone(&endpoint);
        async move { endpoint.handle(request).await }
    });
    let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
    // Clients disconnect and faults close connections: neither is a failure of the endpoint.
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection ended early");
    }
}
