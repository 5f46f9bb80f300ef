//! Answers that never come, on raw sockets.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::ports::{CreateError, ProviderError, ReferenceProvider};

/// A server that reads what it is sent, writes `answer`, and hangs up, or keeps the line open without a word.
async fn server(answer: &'static [u8], hang_up: bool) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let accepted = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&accepted);
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut socket, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::Relaxed);
            let mut buffer = vec![0; 64 * 1024];
            let _ = socket.read(&mut buffer).await;
            let _ = socket.write_all(answer).await;
            if !hang_up {
                kept.push(socket);
            }
        }
    });
    (base, accepted)
}

fn at(base: &str) -> Customer {
    let mut customer = customer(Profile::PartnerV2, base);
    customer.settings.crosschq.timeout_ms = 300;
    customer
}

#[tokio::test]
async fn a_create_whose_answer_is_lost_is_unknown_and_not_sent_twice() {
    for (answer, hang_up) in [
        (&b""[..], true),
        (&b""[..], false),
        (&b"HTTP/1.1 201 Created\r\ncontent-length: 500\r\n\r\n{\"request_id\":"[..], true),
        (&b"HTTP/1.1 201 Created\r\ncontent-length: 500\r\n\r\n{\"request_id\":"[..], false),
        (&b"not http at all\r\n\r\n"[..], true),
    ] {
        let (base, accepted) = server(answer, hang_up).await;
        let error = client().create(&at(&base), &order(), &correlation()).await.unwrap_err();
        assert!(matches!(error, CreateError::Unknown { .. }), "{error}");
        assert!(!format!("{error:?}").contains("127.0.0.1"), "{error:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(accepted.load(Ordering::Relaxed), 1);
    }
}

#[tokio::test]
async fn a_create_that_finds_nobody_listening_did_not_leave() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", gone.local_addr().unwrap());
    drop(gone);
    let error = client().create(&at(&base), &order(), &correlation()).await.unwrap_err();
    assert_eq!(error, CreateError::NotCreated(ProviderError::Unavailable { why: "could not connect".to_owned() }));
}

#[tokio::test]
async fn a_refusal_whose_body_is_lost_is_still_a_refusal() {
    let (base, _) = server(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 500\r\n\r\n{", true).await;
    let error = client().create(&at(&base), &order(), &correlation()).await.unwrap_err();
    assert_eq!(error, CreateError::NotCreated(ProviderError::Refused { fields: Vec::new() }));
}

#[tokio::test]
async fn a_read_whose_answer_is_lost_is_unavailable() {
    let (base, _) = server(b"", false).await;
    assert_eq!(
        client().read(&at(&base), &request()).await,
        Err(ProviderError::Unavailable { why: "timed out".to_owned() })
    );
    let (base, _) = server(b"", true).await;
    assert!(matches!(client().read(&at(&base), &request()).await, Err(ProviderError::Unavailable { .. })));
}

#[tokio::test]
async fn a_body_without_a_length_is_cut_off_while_it_streams() {
    let (base, _) = server(
        Box::leak(
            [&b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"[..], &vec![b' '; 1024 * 1024 + 1]]
                .concat()
                .into_boxed_slice(),
        ),
        true,
    )
    .await;
    assert_eq!(
        client().read(&at(&base), &request()).await,
        Err(ProviderError::Unavailable { why: "the answer is too large".to_owned() })
    );
}
