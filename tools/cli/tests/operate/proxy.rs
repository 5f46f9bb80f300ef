//! A network that lets nothing out but through a proxy, which may show a certificate of its own.

use std::sync::{Arc, Mutex};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::support::Stage;

/// A certificate for `aws.example.test` that nobody signed, and its key (`openssl req -x509 -newkey ec`): of no use to
/// anybody.
const CERTIFICATE: &str = include_str!("aws.example.test.pem");
const LIST: [&str; 2] = ["customer", "list"];

/// A proxy as `HTTP_PROXY` and `HTTPS_PROXY` name it. Wherever a tunnel should lead, it leads to `https`.
struct Proxy {
    url: String,
    /// The first lines of the requests that it took.
    requests: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    async fn start(https: Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = requests.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(pass(socket, https.clone(), log.clone()));
            }
        });
        Self { url, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// One connection, which carries one kind of request.
async fn pass(socket: TcpStream, https: Option<String>, log: Arc<Mutex<Vec<String>>>) {
    let mut socket = BufReader::new(socket);
    let mut line = String::new();
    socket.read_line(&mut line).await.unwrap();
    log.lock().unwrap().push(line.trim_end().to_owned());
    let parts: Vec<&str> = line.split(' ').collect();
    let to = if parts[0] == "CONNECT" {
        let mut header = String::new();
        while socket.read_line(&mut header).await.unwrap() > 2 {
            header.clear();
        }
        let Some(https) = https else {
            socket.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n").await.unwrap();
            return;
        };
        socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        TcpStream::connect(https).await
    } else {
        // Servers take the whole address, too, so that the request can go on as it is.
        let url = url::Url::parse(parts[1]).unwrap();
        let mut to = TcpStream::connect((url.host_str().unwrap(), url.port().unwrap())).await.unwrap();
        to.write_all(line.as_bytes()).await.unwrap();
        Ok(to)
    };
    // Either side may hang up first.
    let _ = copy_bidirectional(&mut socket, &mut to.unwrap()).await;
}

/// Speaks TLS with [`CERTIFICATE`] before the local AWS; gives its address.
async fn https_before(endpoint: &str) -> String {
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let aws = endpoint.trim_start_matches("http://").to_owned();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (acceptor, aws) = (acceptor.clone(), aws.clone());
            tokio::spawn(async move {
                // A client that does not trust the certificate hangs up.
                let Ok(mut socket) = acceptor.accept(socket).await else { return };
                let mut aws = TcpStream::connect(aws).await.unwrap();
                let _ = copy_bidirectional(&mut socket, &mut aws).await;
            });
        }
    });
    address
}

#[tokio::test]
async fn aws_and_vendors_are_called_through_the_proxy_and_what_no_proxy_names_is_not() {
    let stage = Stage::with_demo().await;
    let proxy = Proxy::start(None).await;
    let variables = [&stage.aws()[..], &[("AWS_REGION", "us-east-1"), ("HTTP_PROXY", &proxy.url)]].concat();
    stage.run(&["customer", "discover", "1234", "--dry-run"], &variables, "").await.ok();
    let requests = proxy.requests();
    let at = |base: &str| requests.iter().filter(|line| line.contains(base)).count();
    assert!(at(&stage.place.aws_endpoint) > 0, "AWS: {requests:?}");
    assert!(at(&stage.place.icims) > 0, "iCIMS: {requests:?}");

    let other = Proxy::start(None).await;
    let variables =
        [&stage.aws()[..], &[("AWS_REGION", "us-east-1"), ("HTTP_PROXY", &other.url), ("NO_PROXY", "127.0.0.1")]];
    stage.run(&LIST, &variables.concat(), "").await.ok();
    assert_eq!(other.requests(), [""; 0]);
}

#[tokio::test]
async fn the_local_run_is_called_without_the_proxy() {
    let stage = Stage::with_demo().await;
    let proxy = Proxy::start(None).await;
    let local = format!("--local={}", stage.place.aws_endpoint);
    stage.run(&[&local, "customer", "list"], &[("HTTP_PROXY", &proxy.url)], "").await.ok();
    assert_eq!(proxy.requests(), [""; 0]);
}

#[tokio::test]
async fn a_proxy_that_inspects_is_trusted_where_the_machine_trusts_its_certificate() {
    let stage = Stage::with_demo().await;
    let proxy = Proxy::start(Some(https_before(&stage.place.aws_endpoint).await)).await;
    let variables = [
        ("AWS_ENDPOINT_URL", "https://aws.example.test"),
        ("AWS_ACCESS_KEY_ID", "operator"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_MAX_ATTEMPTS", "1"),
        ("HTTPS_PROXY", &proxy.url),
    ];
    stage.run(&LIST, &variables, "").await.failed(7, "AWS cannot be reached");
    let trusted = stage.file("trusted.pem", CERTIFICATE.split_inclusive("-----END CERTIFICATE-----\n").next().unwrap());
    let ran = stage.run(&LIST, &[&variables[..], &[("SSL_CERT_FILE", &trusted)]].concat(), "").await.ok();
    assert!(ran.stdout.contains("1234"), "{ran:#?}");
    assert!(
        proxy.requests().iter().all(|line| line.starts_with("CONNECT aws.example.test:443 ")),
        "{:?}",
        proxy.requests()
    );
}
