//! The accept loop: HTTP/1.1 connections that can be dropped without an answer, which is what several faults need.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// The first bytes of every HTTP/2 connection without TLS.
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2";

/// How long a refused connection is read to its end.
const LINGER: Duration = Duration::from_millis(500);

/// Put into a response's extensions: the connection is reset instead of answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lost;

/// Serves until the task is aborted; the connections end with it.
pub(crate) async fn serve(listener: TcpListener, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(serve_connection(stream, router.clone()));
                }
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

async fn serve_connection(stream: TcpStream, router: Router) {
    // Small answers in a ping-pong: waiting for more to send costs 40 ms each.
    let _ = stream.set_nodelay(true);
    if starts_with_http2_preface(&stream).await {
        refuse_http2(stream).await;
        return;
    }
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let inner = TowerToHyperService::new(router.clone());
        // On the heap, because a connection must be movable to be taken apart at its end.
        Box::pin(async move {
            // A task of its own: a real server finishes its work when the caller hangs up.
            let answered = tokio::spawn(async move { inner.call(request).await }).await;
            let response: Response = match answered {
                Ok(Ok(response)) => response,
                Ok(Err(never)) => {
                    let never: Infallible = never;
                    match never {}
                }
                Err(panicked) => return Err(io::Error::other(panicked)),
            };
            if response.extensions().get::<Lost>().is_some() {
                return Err(io::Error::from(io::ErrorKind::ConnectionReset));
            }
            Ok(response)
        })
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let ended = std::future::poll_fn(|context| connection.poll_without_shutdown(context)).await;
    let stream = connection.into_parts().io.into_inner();
    if ended.is_err() {
        let _ = stream.set_zero_linger();
    }
    drop(stream);
}

async fn refuse_http2(mut stream: TcpStream) {
    let _ = stream
        .write_all(
            b"HTTP/1.1 505 HTTP Version Not Supported\r\n\
              strict-transport-security: max-age=7776000\r\n\
              content-length: 0\r\nconnection: close\r\n\r\n",
        )
        .await;
    let _ = stream.shutdown().await;
    // Closing with unread bytes would reset the connection and take the answer with it.
    let mut rest = [0_u8; 1024];
    let drained = async { while matches!(stream.read(&mut rest).await, Ok(n) if n > 0) {} };
    let _ = tokio::time::timeout(LINGER, drained).await;
}

async fn starts_with_http2_preface(stream: &TcpStream) -> bool {
    let mut start = [0_u8; HTTP2_PREFACE.len()];
    loop {
        match stream.peek(&mut start).await {
            Ok(0) | Err(_) => return false,
            Ok(n) if n == start.len() => return start == HTTP2_PREFACE,
            Ok(n) if start.get(..n) != HTTP2_PREFACE.get(..n) => return false,
            // A prefix that still may become the preface: `PRI` is no method that HTTP/1.1 uses.
            Ok(_) => tokio::task::yield_now().await,
        }
    }
}
